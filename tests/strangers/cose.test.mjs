// SPDX-License-Identifier: Apache-2.0
// Goal: a COSE library, a CBOR library and a base45 that nobody here wrote
// read our card tokens, agree on every claim, and refuse altered ones; and a
// token that they make is taken by `ecluse card verify`.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Sign1 } from '@auth0/cose';
import base45 from 'base45';
import { Tag, decode, encode } from 'cbor2';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
	'../..');
const build = process.env.ECLUSE_BUILD ?? path.join(root, 'build');
const maker = path.join(build, 'tests/tools/test_make_token');
const program = path.join(build, 'ecluse');
const skipMaker = fs.existsSync(maker) ? false : `${maker} is not built`;
const skipBoth = fs.existsSync(program) ? skipMaker :
	`${program} is not built`;

const ISSUED = 1795255200, BEGINS = 1795341600, EXPIRES = 1800000000;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ecluse-cose-'));

function issue(name, count, ...rest) {
	const pem = path.join(folder, `${name}.pem`);
	const out = execFileSync(maker, [pem, count, ISSUED, EXPIRES,
		...rest].map(String), { encoding: 'utf8' });
	const key = crypto.createPublicKey(fs.readFileSync(pem));
	return { pem, key, tokens: out.split('\n').slice(0, -1) };
}

const bytesOf = token => {
	assert.ok(token.startsWith('TP1:'));
	return new Uint8Array(base45.decode(token.slice(4)));
};

const kidOf = key => crypto.createHash('sha256')
	.update(key.export({ type: 'spki', format: 'der' })).digest()
	.subarray(0, 8);

const accepts = async (bytes, key) => {
	try {
		await Sign1.decode(bytes).verify(key,
			{ algorithms: [-7] });
		return true;
	} catch {
		return false;
	}
};

const verify = (pem, token) => spawnSync(program, ['card', 'verify', '--json',
	'--key', pem, '--at', '2026-11-22T12:00:00Z', token],
{ encoding: 'utf8' });

test('a COSE library verifies a token and reads its claims',
	{ skip: skipMaker }, async () => {
		const { key, tokens } = issue('one', 1, BEGINS, 'VM', 'CSR 75');
		const message = Sign1.decode(bytesOf(tokens[0]));
		await message.verify(key, { algorithms: [-7] });
		const claims = decode(message.payload,
			{ preferMap: true });
		assert.deepEqual([...claims.keys()], [1, 4, 5, 6, 7, -65537]);
		assert.equal(claims.get(1), '0123456789');
		assert.equal(claims.get(4), EXPIRES);
		assert.equal(claims.get(5), BEGINS);
		assert.equal(claims.get(6), ISSUED);
		assert.equal(claims.get(7).length, 16);
		assert.deepEqual([...claims.get(-65537)],
			[[1, 'VM'], [2, 'CSR 75']]);
	});

test('the kid is the first 8 bytes of SHA-256 of the SPKI, and protected',
	{ skip: skipMaker }, () => {
		const { key, tokens } = issue('kid', 1);
		const { tag, contents } = decode(bytesOf(tokens[0]),
			{ preferMap: true });
		assert.equal(tag, 18);
		const header = decode(contents[0], { preferMap: true });
		assert.deepEqual([...header.keys()], [1, 4]);
		assert.equal(header.get(1), -7);
		assert.deepEqual(Buffer.from(header.get(4)), kidOf(key));
		assert.equal(contents[1].size, 0);
		assert.equal(contents[3].length, 64);
	});

test('the bytes are what deterministic encoding makes of them',
	{ skip: skipMaker }, () => {
		const { tokens } = issue('cde', 20, BEGINS, 'VM', 'CSR 75');
		for (const token of tokens) {
			const bytes = bytesOf(token);
			const { contents } = decode(bytes, { preferMap: true });
			const again = encode(new Tag(18, [contents[0],
				new Map(), contents[2], contents[3]]),
			{ cde: true });
			assert.deepEqual(Buffer.from(again), Buffer.from(bytes));
			const claims = decode(contents[2], { preferMap: true });
			assert.deepEqual(
				Buffer.from(encode(claims, { cde: true })),
				Buffer.from(contents[2]));
		}
	});

test('a hundred tokens verify, none with another key',
	{ skip: skipMaker }, async () => {
		const { key, tokens } = issue('many', 100);
		const other = issue('another', 1).key;
		assert.equal(new Set(tokens).size, 100);
		for (const token of tokens) {
			assert.ok(await accepts(bytesOf(token), key));
			assert.ok(!await accepts(bytesOf(token), other));
		}
	});

test('every altered byte of header, claims and signature is refused by both',
	{ skip: skipBoth }, async () => {
		const { key, pem, tokens } = issue('altered', 1, BEGINS);
		const bytes = bytesOf(tokens[0]);
		assert.equal(verify(pem, tokens[0]).status, 0);
		for (let i = 0; i < bytes.length; i++) {
			const bad = Uint8Array.from(bytes);
			bad[i] ^= 1 << (i % 8);
			if (i > 1)	// it takes messages without the tag too
				assert.ok(!await accepts(bad, key), `byte ${i}`);
			if (i % 8 === 0)
				assert.equal(verify(pem,
					'TP1:' + base45.encode(Buffer.from(bad))).status,
				1, `byte ${i}`);
		}
	});

// A mutuelle that makes its tokens with other tools.
const foreign = async (change = () => {}) => {
	const pair = crypto.generateKeyPairSync('ec',
		{ namedCurve: 'prime256v1' });
	const pem = path.join(folder, `${crypto.randomUUID()}.pem`);
	fs.writeFileSync(pem,
		pair.publicKey.export({ type: 'spki', format: 'pem' }));
	const claims = new Map([[1, '0987654321'], [4, EXPIRES],
		[6, ISSUED], [7, Uint8Array.from(crypto.randomBytes(16))]]);
	change(claims);
	const payload = encode(claims, { cde: true });
	const header = encode(new Map([[1, -7],
		[4, Uint8Array.from(kidOf(pair.publicKey))]]), { cde: true });
	const signed = encode(['Signature1', header, new Uint8Array(), payload],
		{ cde: true });
	const signature = crypto.sign('sha256', signed,
		{ key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
	const bytes = encode(new Tag(18, [header, new Map(), payload,
		Uint8Array.from(signature)]), { cde: true });
	assert.ok(await accepts(bytes, pair.publicKey));
	return { pem, token: 'TP1:' + base45.encode(Buffer.from(bytes)) };
};

test('a token made by others is taken', { skip: skipBoth }, async () => {
	const { pem, token } = await foreign();
	const done = verify(pem, token);
	assert.equal(done.status, 0, done.stdout + done.stderr);
	assert.equal(JSON.parse(done.stdout).amc, '0987654321');
});

test('one that names a person is not, though its signature is right',
	{ skip: skipBoth }, async () => {
		for (const change of [
			c => c.set(2, 'A NAME'),
			c => c.set(-65537, new Map([[3, '2950000000000']])),
			c => c.set(-65538, '1950-01-01'),
			c => c.set('nir', 1),
		]) {
			const { pem, token } = await foreign(change);
			const done = verify(pem, token);
			assert.equal(done.status, 1);
			assert.equal(JSON.parse(done.stdout).verdict,
				'malformed');
		}
	});

test.after(() => fs.rmSync(folder, { recursive: true }));
