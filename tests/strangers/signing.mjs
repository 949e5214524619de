// SPDX-License-Identifier: Apache-2.0
// A professional's software, written from docs/api.md with
// `http-message-signatures`: signs questions, checks answers.
import { createHash, createPublicKey, randomBytes, sign, verify }
  from 'node:crypto';
import { httpbis } from 'http-message-signatures';

export const digestOf = (body) => 'sha-256=:' +
  createHash('sha256').update(body).digest('base64') + ':';

/** DER of the public half. */
export const spkiOf = (key) =>
  (key.type === 'private' ? createPublicKey(key) : key)
    .export({ type: 'spki', format: 'der' });

export const keyIdOf = (key) =>
  createHash('sha256').update(spkiOf(key)).digest('base64url');

const algOf = (key) => key.asymmetricKeyType === 'ed25519' ? 'ed25519'
  : 'ecdsa-p256-sha256';

// RFC 9421 section 3.3: Ed25519 as it is, ECDSA as r then s.
const raw = (key) => key.asymmetricKeyType === 'ed25519' ? [null, key]
  : ['sha256', { key, dsaEncoding: 'ieee-p1363' }];

/** The question with Content-Digest, Signature-Input and Signature. */
export function signQuestion(key, { method, url, headers = {}, body },
  values = {}) {
  const fields = ['@method', '@authority', '@path'];
  const signed = { ...headers };
  if (body !== undefined) {
    fields.push('content-digest');
    signed['Content-Digest'] = digestOf(body);
  }
  const [algorithm, material] = raw(key);
  const created = values.created ?? new Date();
  return httpbis.signMessage({
    key: { id: keyIdOf(key), alg: algOf(key),
      sign: async (data) => sign(algorithm, data, material) },
    name: 'ecluse',
    fields,
    params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
    paramValues: { created, expires: new Date(created.getTime() + 30000),
      nonce: randomBytes(16).toString('base64url'), tag: 'ecluse-v1',
      ...values },
  }, { method, url, headers: signed });
}

/**
 * Is this the keeper's answer to this question? key: its answer key, known
 * from enrolment; now: the service's time. Throws or gives false if not.
 */
export async function checkAnswer(key, { status, headers, body }, question,
  now = new Date()) {
  const lower = Object.fromEntries(Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value]));
  if (lower['content-digest'] !== digestOf(body))
    return false;
  const bound = question !== undefined;
  if (bound && !/"signature";req;key="ecluse"/.test(lower['signature-input']))
    return false;
  return httpbis.verifyMessage({
    keyLookup: async ({ keyid, tag }) =>
      keyid === keyIdOf(key) && tag === 'ecluse-answer-v1' ? {
        id: keyid, algs: ['ed25519'],
        verify: async (data, signature) => verify(null, data, key, signature),
      } : null,
    requiredFields: ['@status', 'content-digest', 'content-type'],
    requiredParams: ['created', 'keyid', 'alg', 'tag'],
    tolerance: 60,
    notAfter: now,
    all: true,
  }, { status, headers: lower }, question);
}
