// SPDX-License-Identifier: Apache-2.0
// Goal: fhir-kit-client with http-message-signatures reads the capability
// statement, asks, gets answers and refusals, and believes none that is
// altered. The keeper is stood in for by its own code for signatures, reading
// and answers (tests/tools); tests/integration has the whole instance.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BadAnswer, signingClient } from './client.mjs';
import { json, lines } from './here.mjs';

const { privateKey, publicKey } = generateKeyPairSync('ec',
  { namedCurve: 'P-256' });
const folder = mkdtempSync(join(tmpdir(), 'client-'));
const pem = join(folder, 'key.pem');
writeFileSync(pem, publicKey.export({ type: 'spki', format: 'pem' }));

const written = lines('make_answers');
const named = (kind, name) =>
  written.find((w) => w.kind === kind && w.name === name);
const TYPE = 'application/fhir+json';
let answerKey, alter = (answer) => answer;

/** Status and body, as the keeper would say. */
function decide({ method, url, headers }, body) {
  const peer = ['heard', pem, method, headers.host, url, body,
    headers['content-digest'] ?? '', headers['signature-input'] ?? '',
    headers.signature ?? ''];
  if (lines('httpsig_peer', ...peer)[0].verdict !== 'ok')
    return named('refusal', 'signature');
  if (url === '/fhir/metadata')
    return named('metadata', 'plain');
  const path = join(folder, 'question.json');
  writeFileSync(path, body);
  const [read] = lines('make_answers', path);
  return read.kind === 'question' ? named('answer', 'covered') : read;
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request)
    body += part;
  const { status, body: said } = decide(request, body);
  const text = JSON.stringify(said);
  const [fields] = lines('httpsig_peer', 'answer', String(status), TYPE, text,
    request.headers.signature ?? '');
  answerKey = createPublicKey({ key: Buffer.from(fields.spki, 'base64'),
    type: 'spki', format: 'der' });
  const answer = alter({ status, text, headers: { 'Content-Type': TYPE,
    'Content-Digest': fields.digest, 'Signature-Input': fields.input,
    Signature: fields.signature } });
  response.writeHead(answer.status, answer.headers).end(answer.text);
});

let client;
before(async () => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  client = signingClient({
    baseUrl: `http://127.0.0.1:${server.address().port}/fhir`,
    key: privateKey, answerKey: () => answerKey });
});
after(() => {
  client.close();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const question = json('fhir/examples/question-member.json');
const ask = (body) => client.create(
  { resourceType: 'CoverageEligibilityRequest', body });

test('it reads the capability statement', async () => {
  const statement = await client.capabilityStatement();
  assert.equal(statement.fhirVersion, '4.0.1');
  assert.equal(statement.rest[0].resource[0].type,
    'CoverageEligibilityRequest');
});

test('it asks and is answered', async () => {
  const answer = await ask(question);
  assert.equal(answer.resourceType, 'CoverageEligibilityResponse');
  assert.equal(answer.insurance[0].inforce, true);
});

test('it is told what is wrong with a question', async () => {
  const half = structuredClone(question);
  delete half.contained[0].birthDate;
  await assert.rejects(ask(half), ({ response }) =>
    response.status === 422 &&
    response.data.issue[0].details.coding[0].code === 'person');
});

test('it believes no altered answer', async () => {
  const alterations = [
    (a) => ({ ...a, text: a.text.replace('"inforce":true',
      '"inforce":false') }),
    (a) => ({ ...a, status: 201 }),
    (a) => ({ ...a, headers: { 'Content-Type': TYPE } }),
    (a) => ({ ...a, headers: { ...a.headers, Signature: a.headers.Signature
      .replace(/:.{4}/, (s) => s === ':AAAA' ? ':BBBB' : ':AAAA') } }),
  ];
  for (alter of alterations)
    await assert.rejects(ask(question), BadAnswer);
  alter = (a) => a;
});
