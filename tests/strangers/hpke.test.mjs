// SPDX-License-Identifier: Apache-2.0
// Goal: @hpke/core, with what crypto/seal.h says and nothing else of ours,
// opens what we seal and seals what we open, both questions and answers; and
// what is bound to the seal (asker, plane, place) cannot be changed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { tool } from './here.mjs';
import { HEAD, NONCE, PAD, POINT, TAG, headOf, infoOf, openAnswer, sealAnswer,
  sealQuestion, suite } from './seal.mjs';

const place = ['A'.repeat(43), 'flow', 'flow.ecluse.example:8443',
  '/fhir/CoverageEligibilityRequest'];

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

const questions = ['', '{}', '{"é":"€"}', 'x'.repeat(3000), 'y'.repeat(65000)]
  .map((text) => Buffer.from(text));

test('they open what we seal, we open their answer', async () => {
  for (const question of questions) {
    const them = await recipient();
    const us = ours('seal', them.point);
    const sealed = await us.say(question);
    const head = sealed.subarray(0, HEAD);
    assert.deepEqual(head, headOf(them.point));
    const enc = sealed.subarray(HEAD, HEAD + POINT);
    const context = await suite.createRecipientContext({
      recipientKey: them.pair, enc, info: infoOf(place) });
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
      keeper.point, question, place);
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
    const { sealed } = await sealQuestion(keeper.point, Buffer.from('{}'),
      place);
    await us.say(sealed);
    lengths.add((await us.say(Buffer.alloc(n, 'a'))).length);
    us.end();
  }
  assert.equal(lengths.size, 1);
});

test('what is bound to a seal cannot be changed', async () => {
  const keeper = await recipient();
  const { sealed } = await sealQuestion(keeper.point, Buffer.from('{}'),
      place);
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
    recipientKey: them.pair, enc, info: infoOf(place) });
  const answer = await sealAnswer(context, enc, Buffer.from('{}'));
  assert.match(String(await second.say(answer)), /^refused/);
  const altered = Buffer.from(answer);
  altered[NONCE] ^= 1;
  assert.match(String(await first.say(altered)), /^refused/);
  first.end();
  second.end();
});
