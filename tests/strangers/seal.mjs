// SPDX-License-Identifier: Apache-2.0
// Sealed bodies as docs/api.md says, with @hpke/core and Node's own AES:
// what a stranger's client needs, and the keeper's side of it too.
import { createCipheriv, createDecipheriv, createHash, createHmac,
  randomBytes } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 }
  from '@hpke/core';

export const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(), aead: new Aes256Gcm() });
export const HEAD = 9, POINT = 65, NONCE = 32, TAG = 16, PAD = 4096;

const sha256 = (b) => createHash('sha256').update(b).digest();

/** where: key id, plane, authority, path. */
export const infoOf = (where) =>
  Buffer.from(['ecluse-sealed-v1', ...where].join('\n'));

export const headOf = (point) =>
  Buffer.concat([Buffer.from([1]), sha256(point).subarray(0, 8)]);

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

export async function sealAnswer(context, enc, plain) {
  const nonce = randomBytes(NONCE);
  const { key, iv } = await answerKeys(context, enc, nonce);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(),
    cipher.getAuthTag()]);
}

export async function openAnswer(context, enc, sealed) {
  const { key, iv } = await answerKeys(
    context, enc, sealed.subarray(0, NONCE));
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)),
    decipher.final()]);
}

/** point: the keeper's public sealing key. */
export async function sealQuestion(point, plain, where) {
  const head = headOf(point);
  const context = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.deserializePublicKey(point),
    info: infoOf(where) });
  const enc = Buffer.from(context.enc);
  const text = Buffer.from(await context.seal(plain, head));
  return { context, enc, sealed: Buffer.concat([head, enc, text]) };
}
