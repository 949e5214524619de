// SPDX-License-Identifier: Apache-2.0
// Goal: `http-message-signatures`, used as docs/api.md says, signs questions
// that we verify and verifies answers that we sign; and the other way round.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify }
  from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { httpbis } from 'http-message-signatures';
import { lines } from './here.mjs';
import { checkAnswer, digestOf, keyIdOf, signQuestion } from './signing.mjs';

const folder = mkdtempSync(join(tmpdir(), 'httpsig-'));
after(() => rmSync(folder, { recursive: true }));
const pem = join(folder, 'key.pem');
const authority = 'flow.ecluse.example:8443';
const path = '/fhir/CoverageEligibilityRequest';
const url = `https://${authority}${path}`;
const body = '{"resourceType":"CoverageEligibilityRequest"}';
const type = 'application/fhir+json';

const kinds = {
  ed25519: () => generateKeyPairSync('ed25519'),
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

const write = (key) => writeFileSync(pem,
  key.export({ type: 'spki', format: 'pem' }));
const publicOf = (spki) => createPublicKey(
  { key: Buffer.from(spki, 'base64'), type: 'spki', format: 'der' });
const verdict = (...args) => lines('httpsig_peer', ...args)[0].verdict;

/** What we say about a question signed by them. */
function heard({ method, headers }, as = {}) {
  return verdict('heard', pem, as.method ?? method, as.authority ?? authority,
    as.path ?? path, as.body ?? body, as.digest ?? headers['Content-Digest'] ??
    '', headers['Signature-Input'], headers.Signature);
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`we verify a question that they sign (${kind})`, async () => {
    const { privateKey, publicKey } = make();
    write(publicKey);
    const signed = await signQuestion(privateKey,
      { method: 'POST', url, body });
    assert.equal(heard(signed), 'ok');
    assert.notEqual(heard(signed, { path: path + 's' }), 'ok');
    assert.notEqual(heard(signed, { authority: 'other.example' }), 'ok');
    assert.notEqual(heard(signed, { body: body + ' ' }), 'ok');
    assert.notEqual(heard(signed,
      { body: '{}', digest: digestOf('{}') }), 'ok');
    const get = await signQuestion(privateKey,
      { method: 'GET', url: `https://${authority}/fhir/metadata` });
    assert.equal(heard(get, { path: '/fhir/metadata', body: '' }), 'ok');
    write(make().publicKey);
    assert.notEqual(heard(signed), 'ok');
  });

  test(`they verify a question that we sign (${kind})`, async () => {
    const [ours] = lines('httpsig_peer', 'ask', kind, 'POST', authority, path,
      body);
    const key = publicOf(ours.spki);
    const message = { method: 'POST', url, headers: {
      'content-digest': ours.digest, 'signature-input': ours.input,
      signature: ours.signature } };
    const config = {
      keyLookup: async ({ keyid }) => keyid === keyIdOf(key) ? {
        id: keyid,
        verify: async (data, signature) => kind === 'p256'
          ? verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' },
            signature)
          : verify(null, data, key, signature),
      } : null,
      requiredFields: ['@method', '@authority', '@path', 'content-digest'],
      requiredParams: ['created', 'expires', 'nonce', 'keyid', 'tag'],
      tolerance: 60, all: true,
    };
    assert.equal(ours.digest, digestOf(body));
    assert.equal(await httpbis.verifyMessage(config, message), true);
    assert.equal(await httpbis.verifyMessage(config,
      { ...message, url: url + 's' }), false);
  });
}

test('they verify an answer that we sign, to their question alone',
  async () => {
    const { privateKey } = kinds.ed25519();
    const question = await signQuestion(privateKey,
      { method: 'POST', url, body });
    const other = await signQuestion(privateKey,
      { method: 'POST', url, body });
    const text = '{"resourceType":"CoverageEligibilityResponse"}';
    const [ours] = lines('httpsig_peer', 'answer', '200', type, text,
      question.headers.Signature);
    const key = publicOf(ours.spki);
    const response = { status: 200, body: text, headers: {
      'Content-Type': type, 'Content-Digest': ours.digest,
      'Signature-Input': ours.input, Signature: ours.signature } };
    assert.equal(await checkAnswer(key, response, question), true);
    const refused = async (changes, q = question) => assert.ok(!(await
      checkAnswer(key, { ...response, ...changes }, q).catch(() => false)));
    await refused({}, other);
    await refused({ status: 404 });
    await refused({ body: text + ' ' });
    await refused({ body: '{}', headers: { ...response.headers,
      'Content-Digest': digestOf('{}') } });
    await refused({ headers: { ...response.headers,
      'Content-Type': 'text/plain' } });
    const [unbound] = lines('httpsig_peer', 'answer', '200', type, text, '');
    await refused({ headers: { ...response.headers,
      'Signature-Input': unbound.input, Signature: unbound.signature } });
  });

test('they verify an answer to a question without a signature', async () => {
  const [ours] = lines('httpsig_peer', 'answer', '401', type, '{}', '');
  const response = { status: 401, body: '{}', headers: {
    'Content-Type': type, 'Content-Digest': ours.digest,
    'Signature-Input': ours.input, Signature: ours.signature } };
  assert.equal(await checkAnswer(publicOf(ours.spki), response), true);
});

test('we verify an answer that they sign', async () => {
  const { privateKey, publicKey } = kinds.ed25519();
  const question = await signQuestion(privateKey, { method: 'POST', url,
    body });
  write(publicKey);
  const signed = await httpbis.signMessage({
    key: { id: keyIdOf(publicKey), alg: 'ed25519',
      sign: async (data) => sign(null, data, privateKey) },
    name: 'ecluse',
    fields: ['@status', 'content-digest', 'content-type',
      '"signature";req;key="ecluse"'],
    params: ['created', 'keyid', 'alg', 'tag'],
    paramValues: { tag: 'ecluse-answer-v1' },
  }, { status: 200, headers: { 'Content-Type': type,
    'Content-Digest': digestOf('{}') } }, question);
  const accepted = (status, text, q) => verdict('accepted', pem, status, type,
    text, q, signed.headers['Content-Digest'],
    signed.headers['Signature-Input'], signed.headers.Signature);
  const q = question.headers.Signature;
  assert.equal(accepted('200', '{}', q), 'ok');
  assert.notEqual(accepted('201', '{}', q), 'ok');
  assert.notEqual(accepted('200', '{} ', q), 'ok');
  assert.notEqual(accepted('200', '{}', ''), 'ok');
});
