// SPDX-License-Identifier: Apache-2.0
// Checkpoints and inclusion proofs in the words of sigstore's own code, read
// from the published formats alone (c2sp.org/signed-note, tlog-proof).
import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { verifyCheckpoint } =
  require('@sigstore/verify/dist/tlog/checkpoint.js');
const { verifyMerkleInclusion } =
  require('@sigstore/verify/dist/tlog/merkle.js');

/** A log to trust, from its vkey, read as c2sp.org/signed-note says. */
export function trustedOf(text) {
  const vkey = text.trimEnd();
  const [name, id] = vkey.split('+', 2);
  const key = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64');
  assert.equal(key.length, 33);
  assert.equal(key[0], 1);
  const computed = createHash('sha256').update(`${name}\n`).update(key)
    .digest().subarray(0, 4);
  assert.equal(computed.toString('hex'), id);
  return { logID: computed, baseURL: `https://${name}`,
    publicKey: createPublicKey({ key: Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]),
    format: 'der', type: 'spki' }) };
}

/** A proof file, read as c2sp.org/tlog-proof says, in sigstore's terms. */
export function entryOf(proof, leaf) {
  const at = proof.indexOf('\n\n');
  const [first, index, ...hashes] = proof.slice(0, at).split('\n');
  assert.equal(first, 'c2sp.org/tlog-proof@v1');
  assert.match(index, /^index (0|[1-9][0-9]*)$/);
  return { canonicalizedBody: leaf, inclusionProof: {
    logIndex: index.slice(6),
    hashes: hashes.map((h) => Buffer.from(h, 'base64')),
    checkpoint: { envelope: proof.slice(at + 2) } } };
}

export function accepted(entry, logs) {
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, logs));
    return true;
  } catch {
    return false;
  }
}
