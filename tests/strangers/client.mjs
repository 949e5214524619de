// SPDX-License-Identifier: Apache-2.0
// fhir-kit-client as a professional's software would use it: every question
// signed, every answer checked before it is believed.
import { Client } from 'fhir-kit-client';
import { checkAnswer, signQuestion } from './signing.mjs';

export class BadAnswer extends Error {}

/** What a request sends, as http-message-signatures wants to see it. */
async function requestOf(request) {
  const body = request.method === 'GET' ? undefined
    : await request.clone().text();
  return { method: request.method, url: request.url, body,
    headers: Object.fromEntries(request.headers) };
}

/**
 * fetch that signs with key and refuses answers not signed by answerKey().
 * now(): the service's time, where it is not this machine's.
 */
export function signingFetch(key, answerKey, send = fetch,
  now = () => new Date()) {
  return async (input, init) => {
    const request = new Request(input, init);
    const question = await requestOf(request);
    const signed = await signQuestion(key, question, { created: now() });
    const response = await send(question.url, { method: question.method,
      headers: signed.headers, body: question.body });
    const body = await response.text();
    const good = await checkAnswer(answerKey(), { status: response.status,
      headers: Object.fromEntries(response.headers), body }, signed, now())
      .catch(() => false);
    if (!good)
      throw new BadAnswer('the answer is not signed by the keeper');
    return new Response(body, { status: response.status,
      headers: response.headers });
  };
}

/**
 * A client whose every call goes through signingFetch. fhir-kit-client calls
 * the global fetch, so one of these is in use at a time: call close().
 */
export function signingClient({ baseUrl, key, answerKey, send, now }) {
  const plain = globalThis.fetch;
  globalThis.fetch = signingFetch(key, answerKey, send ?? plain, now);
  const client = new Client({ baseUrl });
  return Object.assign(client, { close() { globalThis.fetch = plain; } });
}
