// SPDX-License-Identifier: Apache-2.0
// Goal: @hpke/core, with what crypto/seal.h says and nothing else of ours,
// opens what we seal and seals what we open, both questions and answers; and
// what is bound to the seal (asker, plane, place) cannot be changed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createCipheriv, createDecipheriv, createHash, createHmac,
  randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 }
  from '@hpke/core';
import { tool } from './here.mjs';

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const HEAD = 9, POINT = 65, NONCE = 32, TAG = 16, PAD = 4096;
const place = ['A'.repeat(43), 'flow', 'flow.ecluse.example:8443',
  '/fhir/CoverageEligibilityRequest'];
const info = (where) => Buffer.from(['ecluse-sealed-v1', ...where].join('\n'));
const sha256 = (b) => createHash('sha256').update(b).digest();

/** Our side, as a program that answers line by line. */
function ours(mode, key, where = place) {
  const child = spawn(tool('hpke_peer'), [mode, key.toString('hex'), ...where]);
  const replies = createInterface({ input: child.stdout })[
    Symbol.asyncIterator]();
  return {
    async say(bytes) {
      child.stdin.write(bytes.toString('hex') + '\n');
      const { value } = await replies.next();
      return value.startsWith('refused') ? value : Buffer.from(value, 'hex');
    },
    end: () => child.stdin.end(),
  };
}

async function recipient() {
  const pair = await suite.kem.generateKeyPair();
  const raw = async (key) =>
    Buffer.from(await suite.kem.serializePublicKey(key));
  return { pair, point: await raw(pair.publicKey),
    scalar: Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey)) };
}

/** RFC 9458 section 4.4 over the exported secret. */
async function answerKeys(context, enc, nonce) {
  const secret = Buffer.from(
    await context.export(Buffer.from('ecluse-answer-v1'), 32));
  const prk = createHmac('sha256', Buffer.concat([enc, nonce]))
    .update(secret).digest();
  const expand = (label, n) => createHmac('sha256', prk)
    .update(label).update(Buffer.from([1])).digest().subarray(0, n);
  return { key: expand('key', 32), iv: expand('nonce', 12) };
}

async function sealAnswer(context, enc, plain) {
  const nonce = randomBytes(NONCE);
  const { key, iv } = await answerKeys(context, enc, nonce);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(),
    cipher.getAuthTag()]);
}

async function openAnswer(context, enc, sealed) {
  const { key, iv } = await answerKeys(
    context, enc, sealed.subarray(0, NONCE));
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)),
    decipher.final()]);
}

async function sealQuestion(point, plain, where = place) {
  const head = Buffer.concat([Buffer.from([1]), sha256(point).subarray(0, 8)]);
  const context = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.deserializePublicKey(point),
    info: info(where) });
  const enc = Buffer.from(context.enc);
  const text = Buffer.from(await context.seal(plain, head));
  return { context, enc, sealed: Buffer.concat([head, enc, text]) };
}

const questions = ['', '{}', '{"é":"€"}', 'x'.repeat(3000), 'y'.repeat(65000)]
  .map((text) => Buffer.from(text));

test('they open what we seal, we open their answer', async () => {
  for (const question of questions) {
    const them = await recipient();
    const us = ours('seal', them.point);
    const sealed = await us.say(question);
    const head = sealed.subarray(0, HEAD);
    assert.equal(head[0], 1);
    assert.deepEqual(head.subarray(1), sha256(them.point).subarray(0, 8));
    const enc = sealed.subarray(HEAD, HEAD + POINT);
    const context = await suite.createRecipientContext({
      recipientKey: them.pair, enc, info: info(place) });
    const opened = await context.open(sealed.subarray(HEAD + POINT), head);
    assert.deepEqual(Buffer.from(opened), question);
    const answer = Buffer.from('{"answer":true}   ');
    assert.deepEqual(
      await us.say(await sealAnswer(context, enc, answer)), answer);
    us.end();
  }
});

test('we open what they seal, they open our answer', async () => {
  for (const question of questions) {
    const keeper = await recipient();
    const us = ours('open', keeper.scalar);
    const { context, enc, sealed } = await sealQuestion(
      keeper.point, question);
    assert.deepEqual(await us.say(sealed), question);
    const answer = await us.say(Buffer.from('{"answer":true}'));
    assert.equal(answer.length, NONCE + PAD + TAG);
    const opened = await openAnswer(context, enc, answer);
    assert.deepEqual(JSON.parse(opened), { answer: true });
    us.end();
  }
});

test('answers of every state have one length', async () => {
  const keeper = await recipient();
  const lengths = new Set();
  for (const n of [0, 1, 1277, 2700, PAD]) {
    const us = ours('open', keeper.scalar);
    const { sealed } = await sealQuestion(keeper.point, Buffer.from('{}'));
    await us.say(sealed);
    lengths.add((await us.say(Buffer.alloc(n, 'a'))).length);
    us.end();
  }
  assert.equal(lengths.size, 1);
});

test('what is bound to a seal cannot be changed', async () => {
  const keeper = await recipient();
  const { sealed } = await sealQuestion(keeper.point, Buffer.from('{}'));
  for (let i = 0; i < place.length; i++) {
    const elsewhere = place.with(i, place[i].replace(/.$/, 'z'));
    const us = ours('open', keeper.scalar, elsewhere);
    assert.match(String(await us.say(sealed)), /^refused/, elsewhere[i]);
    us.end();
  }
  for (const at of [0, 1, 8, HEAD, HEAD + 10, HEAD + POINT, sealed.length - 1]) {
    const altered = Buffer.from(sealed);
    altered[at] ^= 1;
    const us = ours('open', keeper.scalar);
    assert.match(String(await us.say(altered)), /^refused/, `byte ${at}`);
    us.end();
  }
});

test('an answer to another question is refused', async () => {
  const them = await recipient();
  const first = ours('seal', them.point), second = ours('seal', them.point);
  const sealed = await first.say(Buffer.from('{}'));
  await second.say(Buffer.from('{}'));
  const enc = sealed.subarray(HEAD, HEAD + POINT);
  const context = await suite.createRecipientContext({
    recipientKey: them.pair, enc, info: info(place) });
  const answer = await sealAnswer(context, enc, Buffer.from('{}'));
  assert.match(String(await second.say(answer)), /^refused/);
  const altered = Buffer.from(answer);
  altered[NONCE] ^= 1;
  assert.match(String(await first.say(altered)), /^refused/);
  first.end();
  second.end();
});
