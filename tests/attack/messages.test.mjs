// SPDX-License-Identifier: Apache-2.0
// Attacker: whoever can write to the port, with what was captured on the way,
// with keys of its own, or with a vendor's certificate. Goal: replayed,
// altered, expired, unsigned and re-sealed questions are refused with a
// reason; nobody is read by them, strangers leave nothing in the journal but
// sums, and no program ends.
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Instance, KIND, readLeaf } from '../lib/instance.mjs';
import { PATH, PLAIN, SEALED, fieldsOf, linesOf, naming, nonce, question,
  text } from '../lib/forge.mjs';
import { Wire, exchange, request } from '../lib/wire.mjs';
import { sealQuestion } from '../strangers/seal.mjs';
import { digestOf, keyIdOf } from '../strangers/signing.mjs';

const POST = `POST ${PATH} HTTP/1.1`;
const REPLAYS = process.env.ECLUSE_LONG ? 100 : 20;
let d, victim, thief, own, body, pids;
const tally = {};	// refusals of the keeper, by code
let answered = 0;	// questions that the victim's key had answered

before(async () => {
  d = await Instance.start({ seed: 7 });
  victim = d.key(d.site('optician', 0));
  thief = d.key(d.site('optician', 1));
  const people = d.persons('OPTI').filter((p) => p.member && d.card(p));
  own = people[0];	// the one person that the victim asks about
  body = text(naming(d, own));
  d.other = text(naming(d, people[1]));	// whom the attackers are after
  pids = await d.call('pids');
});
after(() => d?.close());

/** What came of it: [status, code], counted. */
function judged(answer) {
  if (!answer)
    return ['hung up', undefined];
  if (answer.status === 200) {
    answered++;
    return [200, undefined];
  }
  const { code } = answer;
  if (answer.field('signature'))
    tally[code] = (tally[code] ?? 0) + 1;
  return [answer.status, code];
}

const send = async (bytes) => judged(await exchange(d, bytes));

/** The three fields as an object, easy to alter; and back. */
const captured = (what = body, key = victim, change = {}) =>
  Object.fromEntries(fieldsOf(d, key, { body: what }, change));
const packed = (fields, what = body, { first = POST, type = PLAIN,
  host = d.authority, more = [] } = {}) => request(first, [
  ...linesOf(d, what, Object.entries(fields), type)
    .map(([n, v]) => [n, n === 'Host' ? host : v]), ...more], what);

async function refused(what, bytes, ...expected) {
  const got = await send(bytes);
  assert.ok(expected.some(([status, code]) => got[0] === status &&
    got[1] === code), `${what}: ${got} is not ${expected.join(' or ')}`);
}

const SIGNATURE = [401, 'signature'], DIGEST = [401, 'digest'];
const EXPIRED = [401, 'expired'], REPLAYED = [401, 'replayed'];

// --- altered on the way ---

const flipped = (s, at) =>
  s.slice(0, at) + (s[at] === 'A' ? 'B' : 'A') + s.slice(at + 1);
const ORDER = BigInt('0xffffffff00000000ffffffffffffffff' +
  'bce6faada7179e84f3b9cac2fc632551');
const ED_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (b) => Buffer.from(b).reverse();
const bigOf = (b) => BigInt(`0x${b.toString('hex')}`);
const bytesOf = (n) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex');

/** Another signature that a careless verifier takes for the same message:
 *  s for n - s (ECDSA), S for S + L (Ed25519, RFC 8032 §8.4). */
function malleated(key, signature) {
  const raw = Buffer.from(signature.slice('ecluse=:'.length, -1), 'base64');
  const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
  const other = key.asymmetricKeyType === 'ed25519'
    ? little(bytesOf(bigOf(little(s)) + ED_ORDER))
    : bytesOf(ORDER - bigOf(s));
  return `ecluse=:${Buffer.concat([r, other]).toString('base64')}:`;
}

const inInput = (from, to) => (f) => {
  const changed = f['Signature-Input'].replace(from, to);
  assert.notEqual(changed, f['Signature-Input']);
  return { ...f, 'Signature-Input': changed };
};
const later = (by) => (all, n) => all.replace(n, Number(n) + by);

test('an altered question is refused, and the true one still answered',
  async () => {
    const f = captured();
    const with_ = (name, value) => ({ ...f, [name]: value });
    const shorter = body.slice(0, -1) + ' ';
    await refused('one byte of the body', packed(f, shorter), DIGEST);
    await refused('another person', packed(f, d.other), DIGEST);
    await refused('a space behind', packed(f, body + ' '), DIGEST);
    await refused('body and digest', packed(with_('Content-Digest',
      digestOf(d.other)), d.other), SIGNATURE);
    await refused('another digest', packed(with_('Content-Digest',
      digestOf(d.other))), DIGEST);
    for (const bad of ['sha-512=:AAAA:', 'sha-256=:AAAA:', 'x',
      `${f['Content-Digest']}, ${digestOf(d.other)}`,
      ` ${f['Content-Digest']};x`])
      await refused(`digest ${bad}`, packed(with_('Content-Digest', bad)),
        DIGEST);
    for (const host of ['localhost', 'localhost:1', `127.0.0.1:${d.port}`,
      'flow.ecluse.example', `localhost.:${d.port}`, `xlocalhost:${d.port}`])
      await refused(`Host ${host}`, packed(f, body, { host }), SIGNATURE);
    for (const [what, alter] of [
      ['created', inInput(/created=(\d+)/, later(1))],
      ['expires', inInput(/expires=(\d+)/, later(-1))],
      ['nonce', inInput(/nonce="[^"]*"/, `nonce="${nonce()}"`)],
      ['keyid', inInput(/keyid="[^"]*"/, `keyid="${keyIdOf(thief)}"`)],
      ['tag', inInput('ecluse-v1', 'ecluse-v2')],
      ['alg', inInput(/alg="[^"]*"/, 'alg="ecdsa-p256-sha256"')],
      ['alg dropped', inInput(/;alg="[^"]*"/, '')],
      ['order', inInput(/(;created=\d+)(;expires=\d+)/, '$2$1')],
    ])
      await refused(what, packed(alter(f)), SIGNATURE);
    await refused('expires much later', packed(inInput(/expires=(\d+)/,
      later(600))(f)), EXPIRED);
    await refused('a stranger’s keyid', packed(inInput(/keyid="[^"]*"/,
      `keyid="${'A'.repeat(43)}"`)(f)), [401, 'key-unknown']);
    for (const at of [10, 50, 90])
      await refused(`character ${at} of the signature`, packed(with_(
        'Signature', flipped(f.Signature, at))), SIGNATURE);
    for (const bad of ['ecluse=::', 'ecluse=:AAAA:', 'sig1' +
      f.Signature.slice(6), f.Signature + 'x', `ecluse=:${'A'.repeat(86)}==:`])
      await refused(`signature ${bad.slice(0, 20)}`, packed(with_('Signature',
        bad)), SIGNATURE);
    assert.deepEqual(await send(packed(f)), [200, undefined]);
    await refused('then again', packed(f), REPLAYED);
  });

test('a question meant for another service is not taken here', async () => {
  for (const host of ['elsewhere.example', 'localhost:1', 'localhost'])
    await refused(host, packed(Object.fromEntries(fieldsOf(d, victim, {
      body: d.other, authority: host })), d.other, { host }), SIGNATURE);
});

test('a signature made into another valid one is no new question',
  async () => {
    const curve = d.sites.find((s) => s.alg !== 'Ed25519');
    for (const [key, asked] of [[victim, body], [d.key(curve), '{}']]) {
      const f = captured(asked, key);
      await send(packed(f, asked));
      await refused(`malleated, ${key.asymmetricKeyType}`, packed({ ...f,
        Signature: malleated(key, f.Signature) }, asked), SIGNATURE, REPLAYED);
    }
  });

// --- again, and out of time ---

test('a captured question is refused again: same connection, others, at once',
  async () => {
    const bytes = packed(captured());
    const w = await Wire.open(d);
    assert.deepEqual(judged(await w.say(bytes)), [200, undefined]);
    assert.deepEqual(judged(await w.say(bytes)), REPLAYED);
    w.close();
    await refused('another connection', bytes, REPLAYED);
    const race = packed(captured());
    const got = await Promise.all(Array.from({ length: REPLAYS },
      () => send(race)));
    assert.equal(got.filter(([status]) => status === 200).length, 1);
    assert.equal(got.filter(([, code]) => code === 'replayed').length,
      REPLAYS - 1);
  });

test('out of time: expired, of the future, living too long', async () => {
  const now = Math.floor(d.now() / 1000);
  for (const [what, created, expires, ...expected] of [
    ['expired', now - 200, now - 170, EXPIRED],
    ['expired by skew and one', now - 92, now - 62, EXPIRED],
    ['of the future', now + 3600, now + 3630, EXPIRED],
    ['ahead by skew and more', now + 65, now + 95, EXPIRED],
    ['living 31 s', now, now + 31, EXPIRED],
    ['living for ever', now, 999999999999, EXPIRED],
    ['over before it began', now, now - 1, EXPIRED],
    ['of 1970', 0, 30, EXPIRED],
    ['13 digits', now, 9999999999999, SIGNATURE],
    ['a fraction', now, `${now + 30}.5`, SIGNATURE],
    ['without created', undefined, now + 30, SIGNATURE],
    ['without expires', now, undefined, SIGNATURE],
  ])
    await refused(what, packed(captured(d.other, victim, { params: {
      created, expires } }), d.other), ...expected);
});

// --- unsigned, or signed by somebody else ---

test('unsigned, or in part', async () => {
  const f = captured(d.other);
  const without = (...names) => Object.fromEntries(Object.entries(f)
    .filter(([n]) => !names.includes(n)));
  await refused('nothing', packed({}, d.other), [401, 'unsigned']);
  for (const name of Object.keys(f))
    await refused(`without ${name}`, packed(without(name), d.other),
      [401, 'unsigned']);
  await refused('empty fields', packed({ ...f, Signature: '' }, d.other),
    [401, 'unsigned'], [400, 'http']);
});

test('a key that is not enrolled, or not any more', async () => {
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const gone = d.key(d.site('audio', 1));
  const revoked = d.ecluse('revoke', d.dir, `key:${keyIdOf(gone)}`);
  assert.equal(revoked.status, 0, revoked.err);
  await refused('a stranger', packed(captured(d.other, stranger), d.other),
    [401, 'key-unknown']);
  await refused('a stranger as the victim', packed(captured(d.other, stranger,
    { params: { keyid: keyIdOf(victim) } }), d.other), SIGNATURE);
  await refused('a revoked key', packed(captured(d.other, gone), d.other),
    [403, 'key-revoked']);
  await refused('another key for a revoked one', packed(captured(d.other,
    thief, { params: { keyid: keyIdOf(gone) } }), d.other), SIGNATURE);
});

test('an enrolled key speaks for its own site, people and domain alone',
  async () => {
    const [mine, theirs] = [d.site('optician', 1), d.site('optician', 0)];
    const person = naming(d, d.persons('OPTI')[1]);
    const asked = async (what, more, ...expected) => {
      const b = text({ ...person, ...more });
      await refused(what, packed(captured(b, thief), b), ...expected);
    };
    await asked('another site', { site: theirs.site }, [403, 'site']);
    await asked('a site that is not', { site: '0E9999999' }, [403, 'site']);
    await asked('another site’s professional', { rpps: theirs.rpps
      .split(' ')[0] }, [403, 'site']);
    await asked('own site, their professional', { site: mine.site,
      rpps: theirs.rpps.split(' ')[0] }, [403, 'site']);
    for (const domain of ['PHAR', 'AUDI', 'HOSP', 'ZZZZ'])
      await asked(`domain ${domain}`, { domain }, [403, 'domain-not-own']);
    const two = question(person);
    two.item[0].category.coding.push({ ...two.item[0].category.coding[0],
      code: 'PHAR' });
    const b = JSON.stringify(two);
    await refused('two domains', packed(captured(b, thief), b),
      [422, 'not-one']);
  });

// --- sealed ---

const whereOf = (key, more = {}) => {
  const w = { plane: 'flow', authority: d.authority, path: PATH, ...more };
  return [keyIdOf(key), w.plane, w.authority, w.path];
};
const sealedBy = async (key, what, more) => (await sealQuestion(
  d.pinned.sealing, Buffer.from(what), whereOf(key, more))).sealed;
const sendSealed = (key, sealed) => packed(captured(sealed, key), sealed,
  { type: SEALED });

test('a sealed body opens for who sealed it, where it was meant', async () => {
  const sealed = await sealedBy(victim, body);
  await refused('captured, under the thief’s signature', sendSealed(thief,
    sealed), [400, 'sealed']);
  assert.deepEqual(await send(sendSealed(victim, sealed)), [200, undefined]);
  await refused('and after the victim’s', sendSealed(thief, sealed),
    [400, 'sealed']);
  for (const [what, more] of [
    ['another authority', { authority: 'localhost:1' }],
    ['another path', { path: '/fhir/Claim' }],
    ['another plane', { plane: 'portal' }],
    ['moved line feeds', { plane: `flow\n${d.authority}`, authority: PATH,
      path: '' }]])
    await refused(what, sendSealed(thief, await sealedBy(thief, d.other,
      more)), [400, 'sealed']);
  await refused('sealed, said to be plain', packed(captured(sealed, thief),
    sealed), [400, 'not-json']);
  await refused('plain, said to be sealed', packed(captured(d.other, thief),
    d.other, { type: SEALED }), [400, 'sealed'], [400, 'seal-key']);
});

test('a broken sealed body is refused, whatever is broken', async () => {
  const sealed = await sealedBy(thief, d.other);
  for (const at of [1, 8, 9, 40, 73, 74, 89, 90, sealed.length - 1])
    await refused(`the first ${at} bytes`, sendSealed(thief,
      sealed.subarray(0, at)), [400, 'sealed'], [400, 'seal-key']);
  for (const at of [0, 1, 8, 9, 10, 41, 42, 73, 74, 100, sealed.length - 16,
    sealed.length - 1]) {
    const bad = Buffer.from(sealed);
    bad[at] ^= 0x40;
    await refused(`byte ${at}`, sendSealed(thief, bad), [400, 'sealed'],
      [400, 'seal-key']);
  }
  await refused('a byte more', sendSealed(thief, Buffer.concat([sealed,
    Buffer.from([0])])), [400, 'sealed']);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = other.publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]),
    Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
  const { sealed: elsewhere } = await sealQuestion(point,
    Buffer.from(d.other), whereOf(thief));
  await refused('sealed to another key', sendSealed(thief, elsewhere),
    [400, 'seal-key']);
});

// --- HTTP played with ---

test('fields that come twice, or say more than the profile', async () => {
  const f = captured(d.other), good = captured();
  const twice = (name, value) => ({ more: [[name, value]] });
  for (const name of Object.keys(f)) {
    const bad = captured(d.other, generateKeyPairSync('ed25519').privateKey);
    await refused(`${name}, the false one first`, packed({ ...good,
      [name]: bad[name] }, body, twice(name, good[name])), SIGNATURE, DIGEST,
    [401, 'key-unknown'], [400, 'http']);
    // the true one first: nginx may take that and drop the rest, but never
    // the other
    const mine = captured();
    const got = await send(packed(mine, body, twice(name, bad[name])));
    assert.ok([200, 400, 401].includes(got[0]), `${name}: ${got}`);
  }
  const input = (change) => captured(d.other, victim, change);
  const LIST = ['@method', '@authority', '@path', 'content-digest'];
  const values = { 'content-type': PLAIN, '@query': '?', host: d.authority,
    '@target-uri': d.url + PATH, '@request-target': PATH };
  for (const covered of [[], ['@method'], LIST.slice(0, 3), LIST.toReversed(),
    [...LIST, 'content-type'], [...LIST, '@query'], [...LIST, 'host'],
    [...LIST, '@method'], ['@target-uri', ...LIST], ['@method',
      '@request-target', 'content-digest']])
    await refused(`covers ${covered}`, packed(input({ covered, values }),
      d.other), SIGNATURE);
  for (const params of [{ alg: 'rsa-v1_5-sha256' }, { alg: 'hmac-sha256' },
    { alg: 'rsa-pss-sha512' }, { alg: 'none' }, { alg: '' },
    { tag: undefined }, { tag: 'ecluse-answer-v1' }, { nonce: undefined },
    { nonce: '' }, { nonce: 'A'.repeat(21) }, { nonce: 'A'.repeat(23) },
    { keyid: undefined }, { keyid: keyIdOf(victim).slice(1) }, { more: 'x' },
    { context: 'a"b' }])
    await refused(`with ${JSON.stringify(params)}`, packed(input({ params }),
      d.other), SIGNATURE);
  await refused('another label', packed(input({ label: 'sig1' }), d.other),
    SIGNATURE);
  const sig1 = input({ label: 'sig1' });
  await refused('two labels', packed({ ...f, 'Signature-Input':
    `${sig1['Signature-Input']}, ${f['Signature-Input']}`.slice(0, 512),
  Signature: `${sig1.Signature}, ${f.Signature}`.slice(0, 160) }, d.other),
  SIGNATURE, [431, 'too-large']);
});

test('addresses written in other ways lead nowhere', async () => {
  for (const target of [`/${PATH}`, '/fhir//CoverageEligibilityRequest',
    '/fhir/./CoverageEligibilityRequest',
    '/x/../fhir/CoverageEligibilityRequest',
    '/fhir/%43overageEligibilityRequest',
    '/fhir%2FCoverageEligibilityRequest',
    '/%2e/fhir/CoverageEligibilityRequest', `${PATH}/`, `${PATH}?`,
    `${PATH}?x=1`, `${PATH};x`, `${PATH}%20`, `${PATH}#x`,
    PATH.toLowerCase(), `${PATH}/$submit`, '/fhir/Patient', '/fhir/$match',
    '/fhir/metadata/..%2fCoverageEligibilityRequest']) {
    for (const path of [target, PATH]) {	// signed as sent, or as meant
      const f = Object.fromEntries(fieldsOf(d, victim, { body: d.other,
        path }));
      await refused(target, packed(f, d.other, { first:
        `POST ${target} HTTP/1.1` }), [404, 'path']);
    }
  }
});

test('a whole address in the request line opens no other door', async () => {
  for (const host of [d.authority, 'elsewhere.example']) {
    const got = await send(packed(captured(), body, { first:
      `POST https://${host}${PATH} HTTP/1.1` }));
    assert.ok(got[0] === 200 || (got[0] >= 400 && got[0] < 500), got);
  }
  await refused('signed for elsewhere', packed(Object.fromEntries(fieldsOf(d,
    victim, { body: d.other, authority: 'elsewhere.example' })), d.other, {
    first: `POST https://elsewhere.example${PATH} HTTP/1.1` }), SIGNATURE);
});

test('other methods do nothing', async () => {
  for (const method of ['PUT', 'OPTIONS', 'DELETE', 'PATCH', 'GET', 'TRACE',
    'post', 'BREW'])
    await refused(method, packed(Object.fromEntries(fieldsOf(d, victim, {
      body: d.other, method })), d.other, { first:
      `${method} ${PATH} HTTP/1.1` }), [405, 'method'], [400, 'http']);
  for (const first of ['OPTIONS * HTTP/1.1',
    `CONNECT ${d.authority} HTTP/1.1`])
    await refused(first, request(first, [['Host', d.authority]]),
      [405, 'method'], [400, 'http'], [404, 'path']);
  const w = await Wire.open(d);
  const head = await w.say(request(`HEAD ${PATH} HTTP/1.1`,
    [['Host', d.authority], ['Connection', 'close']]), { head: true });
  assert.equal(head.status, 405);
  w.close();
});

test('bodies sent in other ways: the bytes that were signed, or nothing',
  async () => {
    const chunked = (what, pieces) => Buffer.concat([request(POST, [
      ['Host', d.authority], ['Content-Type', PLAIN],
      ['Transfer-Encoding', 'chunked'], ...Object.entries(captured(what))]),
    ...pieces.flatMap((p) => [Buffer.from(`${p.length.toString(16)}\r\n`),
      Buffer.from(p), Buffer.from('\r\n')]), Buffer.from('0\r\n\r\n')]);
    const b = Buffer.from(body);
    assert.deepEqual(await send(chunked(body, [b.subarray(0, 1),
      b.subarray(1)])), [200, undefined]);
    await refused('a chunk more', chunked(d.other, [d.other, ' ']), DIGEST);
    const zipped = gzipSync(d.other);
    await refused('gzip', packed(captured(d.other), zipped, { more: [
      ['Content-Encoding', 'gzip']] }), [415, 'media-type']);
    await refused('gzip, signed so', packed(captured(zipped), zipped,
      { more: [['Content-Encoding', 'gzip']] }), [415, 'media-type']);
    await refused('gzip, not said', packed(captured(zipped), zipped),
      [400, 'not-json']);
    await refused('a whole request behind the question', packed(
      captured(d.other), `${d.other}\r\n${packed({}, '{}')}`), DIGEST);
  });

test('Expect, HTTP/1.0, pipelined: each question on its own merits',
  async () => {
    const w = await Wire.open(d);
    const bytes = packed(captured(), body, { more: [
      ['Expect', '100-continue']] });
    const end = bytes.indexOf('\r\n\r\n') + 4;
    const told = await w.say(bytes.subarray(0, end));
    assert.equal(told.status, 100);
    assert.deepEqual(judged(await w.say(bytes.subarray(end))),
      [200, undefined]);
    // one write: a true question, and one that rides behind it
    w.socket.write(Buffer.concat([packed(captured()), packed({}, d.other)]));
    assert.deepEqual(judged(await w.read()), [200, undefined]);
    assert.deepEqual(judged(await w.read()), [401, 'unsigned']);
    w.close();
    const old = await send(packed(captured(), body, { first:
      `POST ${PATH} HTTP/1.0` }));
    assert.ok(old[0] === 200 || old[0] === 400, old);
    await refused('HTTP/1.0, unsigned', packed({}, d.other, { first:
      `POST ${PATH} HTTP/1.0` }), [401, 'unsigned'], [400, 'http']);
  });

test('fields beyond their limits', async () => {
  const f = captured(d.other);
  for (const [name, most] of [['Signature-Input', 512], ['Signature', 160],
    ['Content-Digest', 160]])
    await refused(name, packed({ ...f, [name]: f[name]
      .padEnd(most + 1, ';') }, d.other), [431, 'too-large']);
  await refused('a Host of 256', packed(f, d.other, { host: 'h'.repeat(256) }),
    [431, 'too-large']);
  await refused('all together', packed(f, d.other, { more: Array.from(
    { length: 20 }, (_, i) => [`X-${i}`, 'x'.repeat(4000)]) }),
  [431, 'too-large']);
});

// --- what stays of it ---

test('nobody else was read, and the same processes run', async () => {
  assert.deepEqual(await d.call('pids'), pids);
  assert.deepEqual(await d.call('read_by',
    `site:${d.site('optician', 0).site}`), [[own.amc, own.ref]]);
  for (const site of [d.site('optician', 1), d.site('audio', 1)])
    assert.deepEqual(await d.call('read_by', `site:${site.site}`), []);
  const done = d.ecluse('journal', 'verify', d.dir, '--entries');
  assert.equal(done.status, 0, done.out + done.err);
});

test('strangers left sums in the journal, and nothing else', async () => {
  assert.equal(await d.call('restart'), 0);	// sums are written at the end
  const leaves = d.leaves().map(readLeaf);
  const sum = (reason) => leaves.filter((l) => l.kind === KIND.summary &&
    l.reason === reason).reduce((n, { count }) => n + count, 0);
  const said = (...codes) => codes.reduce((n, c) => n + (tally[c] ?? 0), 0);
  assert.deepEqual([sum(64), sum(65), sum(66), sum(67)], [said('unsigned'),
    said('signature', 'expired', 'digest'), said('key-unknown'),
    said('key-revoked')]);
  const asked = leaves.filter(({ kind }) => kind === KIND.asked);
  const read = asked.filter(({ decision }) => decision === 1);
  assert.equal(read.length, answered);
  assert.ok(read.every(({ existed }) => existed === 1));
  assert.ok(asked.every(({ decision, existed }) => decision === 1 ||
    existed === 0), 'a refusal tells nothing, in the journal either');
});

test('a question seen before a kill or a restart is seen after it',
  async () => {
    const first = packed(captured());
    assert.deepEqual(await send(first), [200, undefined]);
    await d.call('kill', 'keeper');
    await refused('after a kill', first, REPLAYED);
    const second = packed(captured());
    assert.deepEqual(await send(second), [200, undefined]);
    assert.equal(await d.call('restart'), 0);
    await refused('after a restart', second, REPLAYED);
    await refused('the first one too', first, REPLAYED);
  });

test('a question from a clock that is ahead is remembered while it lives',
  async () => {
    // a whole second, so that the last second of its life is a long one
    const start = Math.ceil(d.now() / 1000) + 10;
    await d.clock(new Date(start * 1000));
    const bytes = packed(captured(body, victim, { params: {
      created: start + 60, expires: start + 90 } }));
    assert.deepEqual(await send(bytes), [200, undefined]);
    await d.clock(new Date((start + 100) * 1000));
    await refused('100 s later', bytes, REPLAYED);
    // to the keeper's second it is fresh until expires + 60, and it forgets
    // what is older when it starts
    await d.clock(new Date((start + 150) * 1000));
    await d.call('kill', 'keeper');
    await refused('in its last second, after a kill', bytes, REPLAYED,
      EXPIRED);
    await d.clock(new Date((start + 152) * 1000));
    await refused('when it is over', bytes, EXPIRED);
  });

for (const need of ['required', 'optional']) {
  test(`a vendor's certificate, ${need}, reads nobody by itself`,
    async (t) => {
      const i = await Instance.start({ members: 500, insurers: 2, seed: 8,
        conf: { 'flow.client-certificate': need } });
      t.after(() => i.close());
      const file = (name) => readFileSync(join(i.dir, 'drill', name));
      const vendor = { cert: file('vendor.pem'), key: file('vendor.key') };
      const person = i.persons('OPTI').find((p) => p.member);
      const b = text(naming(i, person)), site = i.site('optician');
      const bytes = (key) => request(POST, linesOf(i, b, key
        ? fieldsOf(i, key, { body: b }) : []), b);
      const by = async (key, certificate) => {
        const a = await exchange(i, bytes(key), certificate);
        return a.status === 200 ? [200] : [a.status, a.code];
      };
      assert.deepEqual(await by(null, vendor), [401, 'unsigned']);
      assert.deepEqual(await by(createPrivateKey(vendor.key), vendor),
        [401, 'key-unknown']);
      assert.deepEqual(await by(i.key(site)), need === 'required'
        ? [400, 'http'] : [200]);
      assert.deepEqual(await by(i.key(site), vendor), [200]);
      const leaves = i.leaves().map(readLeaf);
      assert.equal(leaves.filter(({ kind }) => kind === KIND.asked).length,
        need === 'required' ? 1 : 2);
    });
}
