// SPDX-License-Identifier: Apache-2.0
// Goal: sigstore's own code, which nobody here wrote, takes our checkpoints
// and inclusion proofs, and refuses altered ones; and what the public folder
// holds is enough for it: no program of ours is asked but to write the proof.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD, tool } from './here.mjs';
import { accepted, entryOf, trustedOf } from './tlog.mjs';

const FIRST = 1, SECOND = 255, THIRD = 400;	// entries added each time
const folder = mkdtempSync(join(tmpdir(), 'ecluse-sigstore-'));
after(() => rmSync(folder, { recursive: true }));
const instance = join(folder, 'drill');

/** Appends entries and publishes; their leaves as bytes. */
const append = (count) => execFileSync(tool('make_log'),
  [instance, String(count), '100'], { maxBuffer: 1 << 26 })
  .toString().trimEnd().split('\n').map((hex) => Buffer.from(hex, 'hex'));

const proofOf = (index) => execFileSync(join(BUILD, 'ecluse'),
  ['journal', 'proof', '--dir', instance, String(index), '-o', '-']).toString();

const publicFile = (name) =>
  readFileSync(join(instance, 'journal', 'public', name));

const trusted = () => trustedOf(publicFile('vkey').toString());
const accepts = (entry, logs = [trusted()]) => accepted(entry, logs);

const leaves = append(FIRST);

test('a log of one entry: the leaf is the root', () => {
  const entry = entryOf(proofOf(0), leaves[0]);
  assert.equal(entry.inclusionProof.hashes.length, 0);
  assert.ok(accepts(entry));
  leaves.push(...append(SECOND));
});

test('a log of one full tile', () => {
  assert.equal(leaves.length, 256);
  for (const i of [0, 1, 127, 128, 254, 255])
    assert.ok(accepts(entryOf(proofOf(i), leaves[i])), `entry ${i}`);
  leaves.push(...append(THIRD));
});

test('every seventh entry of 656 is accepted, with its own leaf alone', () => {
  for (let i = 0; i < leaves.length; i += 7) {
    const proof = proofOf(i);
    assert.ok(accepts(entryOf(proof, leaves[i])), `entry ${i}`);
    assert.ok(!accepts(entryOf(proof, leaves[(i + 1) % leaves.length])));
  }
});

test('the checkpoint that anybody fetches is the one in the proof', () => {
  const { envelope } =
    entryOf(proofOf(300), leaves[300]).inclusionProof.checkpoint;
  assert.equal(publicFile('checkpoint').toString(), envelope);
  assert.equal(envelope.split('\n')[1], String(leaves.length));
});

test('altered leaves, hashes, indexes and orders are refused', () => {
  const index = 300, proof = proofOf(index);
  const fresh = () => entryOf(proof, Buffer.from(leaves[index]));
  assert.ok(accepts(fresh()));
  for (let byte = 0; byte < leaves[index].length; byte++) {
    const e = fresh();
    e.canonicalizedBody[byte] ^= 1;
    assert.ok(!accepts(e), `byte ${byte} of the leaf`);
  }
  const count = fresh().inclusionProof.hashes.length;
  for (let i = 0; i < count; i++) {
    const e = fresh();
    e.inclusionProof.hashes[i][31] ^= 0x80;
    assert.ok(!accepts(e), `hash ${i}`);
    const less = fresh();
    less.inclusionProof.hashes.splice(i, 1);
    assert.ok(!accepts(less), `without hash ${i}`);
  }
  for (const other of [0, 299, 301, 655, 656, 1e9]) {
    const e = fresh();
    e.inclusionProof.logIndex = String(other);
    assert.ok(!accepts(e), `as entry ${other}`);
  }
});

test('an altered checkpoint is refused, byte by byte', () => {
  const proof = proofOf(5);
  const { envelope } =
    entryOf(proof, leaves[5]).inclusionProof.checkpoint;
  const end = envelope.indexOf('\n\n');	// the signed text
  for (let at = 0; at < end; at++) {
    const e = entryOf(proof, leaves[5]);
    const c = envelope[at] === 'A' ? 'B' : 'A';
    e.inclusionProof.checkpoint.envelope =
      envelope.slice(0, at) + c + envelope.slice(at + 1);
    assert.ok(!accepts(e), `character ${at}`);
  }
});

test('a log with another key or another name is refused', () => {
  const entry = entryOf(proofOf(5), leaves[5]);
  const own = trusted();
  const other = createPublicKey({ key: Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(32, 9)]),
  format: 'der', type: 'spki' });
  assert.ok(accepts(entry, [own]));
  assert.ok(!accepts(entry, [{ ...own, publicKey: other }]));
  assert.ok(!accepts(entry, [{ ...own, logID: Buffer.alloc(4) }]));
  assert.ok(!accepts(entry, [{ ...own, baseURL: 'https://other.example' }]));
  assert.ok(!accepts(entry, []));
});

test('`ecluse journal proof --check` agrees with sigstore', () => {
  const file = join(folder, 'p.tlog-proof');
  const vkey = publicFile('vkey').toString().trimEnd();
  const hash = (leaf) => createHash('sha256').update(Buffer.alloc(1))
    .update(leaf).digest('hex');
  const check = (proof, leaf) => {
    writeFileSync(file, proof);
    return spawnSync(join(BUILD, 'ecluse'), ['journal', 'proof', '--check',
      file, '--leaf-hash', hash(leaf), '--vkey', vkey]).status;
  };
  for (const i of [0, 255, 256, 511, 512, 655]) {
    const proof = proofOf(i);
    assert.equal(check(proof, leaves[i]), 0);
    assert.equal(check(proof, leaves[(i + 9) % leaves.length]), 1);
    assert.equal(check(proof.replace('index ', 'index 1'), leaves[i]), 1);
  }
});
