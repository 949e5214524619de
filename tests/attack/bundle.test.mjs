// SPDX-License-Identifier: Apache-2.0
// Attacker: a stolen key that asks fifty at a time. Goal: a bundle reads
// nobody that fifty questions would not: each line is counted and written in
// its order, the budget ends at the same line, what is replayed, altered, too
// long or for another path is refused whole; one line's fault harms no other;
// a line's promise stands alone and says nothing of its neighbours.
import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Instance } from '../lib/instance.mjs';
import { PLAIN, SEALED, fieldsOf, linesOf, naming, question } from '../lib/forge.mjs';
import { exchange, request } from '../lib/wire.mjs';
import { openAnswer, sealQuestion } from '../strangers/seal.mjs';
import { keyIdOf } from '../strangers/signing.mjs';

const PATH = '/fhir';
const OURS = 'https://ecluse.example/fhir/StructureDefinition/';
let d, key, people, site;

before(async () => {
  d = await Instance.start({ members: 8000, seed: 9 });
  site = d.site('optician', 0);
  key = d.key(site);
  people = [...new Map(d.persons('OPTI').filter((p) => p.member)
    .map((p) => [`${p.amc} ${p.ref}`, p])).values()];
});
after(() => d?.close());

const entry = (resource) => ({ resource,
  request: { method: 'POST', url: 'CoverageEligibilityRequest' } });
const bundle = (questions) => JSON.stringify({ resourceType: 'Bundle',
  type: 'batch', entry: questions.map(entry) });
const about = (p, more) => ({ ...question(naming(d, p)), ...more });

function bytesOf(body, { signer = key, change = {}, path = PATH, to = PATH,
  type = PLAIN } = {}) {
  const signature = fieldsOf(d, signer, { body, path }, change);
  return request(`POST ${to} HTTP/1.1`, linesOf(d, body, signature, type),
    body);
}
const send = (body, how) => exchange(d, bytesOf(body, how));
const statuses = (answer) => answer.resource.entry
  .map((e) => Number(e.response.status.slice(0, 3)));
const extension = (r, name) =>
  r.extension?.find((e) => e.url === OURS + name)?.valueString;
const sha256 = (...parts) => {
  const h = createHash('sha256');
  parts.forEach((p) => h.update(p));
  return h.digest();
};

/** The root that a line's own string leads to (RFC 6962 §2.1.1). */
function rootOf(line, n) {
  const [place, claims, salt, path] = line.split('.');
  const b = (t) => Buffer.from(t, 'base64url');
  let hash = sha256(Buffer.of(0), 'ecluse/promise-line/v1', b(salt),
    b(claims));
  let index = Number(place), last = n - 1, at = 0;
  const hashes = b(path);
  while (last > 0) {
    const sibling = hashes.subarray(at, at + 32);
    if (index % 2 === 1 || index !== last) {
      hash = index % 2 === 1 ? sha256(Buffer.of(1), sibling, hash)
        : sha256(Buffer.of(1), hash, sibling);
      at += 32;
    }
    index >>= 1;
    last >>= 1;
  }
  assert.equal(at, hashes.length, 'no hash is left over');
  return hash.toString('base64url');
}

function checkPromises(resource) {
  const jws = extension(resource.meta, 'promises');
  const [head, payload, signature] = jws.split('.');
  assert.ok(verify(null, Buffer.from(`${head}.${payload}`), d.pinned.promise,
    Buffer.from(signature, 'base64url')), 'the root is signed');
  const said = JSON.parse(Buffer.from(payload, 'base64url'));
  const lines = resource.entry.map((e) => e.resource &&
    extension(e.resource, 'promise-line')).filter(Boolean);
  assert.equal(lines.length, said.n);
  for (const line of lines)
    assert.equal(rootOf(line, said.n), said.root);
  return { lines, said };
}

test('each line is answered in its order, under one promise', async () => {
  const answer = await send(bundle(people.slice(0, 3).map((p) => about(p))));
  assert.equal(answer.status, 200);
  assert.ok(answer.field('signature'), 'and signed');
  assert.deepEqual(statuses(answer), [200, 200, 200]);
  const { lines, said } = checkPromises(answer.resource);
  assert.equal(lines.length, 3);
  const claims = lines.map((l) =>
    JSON.parse(Buffer.from(l.split('.')[1], 'base64url')));
  assert.equal(new Set(claims.map((c) => c.txn)).size, 3);
  // another line's salt, or claims changed by a letter, lead elsewhere
  const [a, b] = lines.map((l) => l.split('.'));
  assert.notEqual(rootOf([a[0], a[1], b[2], a[3]].join('.'), said.n),
    said.root);
  const other = Buffer.from(JSON.stringify({ ...claims[0], lvl: 'BR999' }))
    .toString('base64url');
  assert.notEqual(rootOf([a[0], other, a[2], a[3]].join('.'), said.n),
    said.root);
});

test('sealed, it is answered in the same room', async () => {
  const body = Buffer.from(bundle([about(people[0]), about(people[1])]));
  const { sealed, enc, context } = await sealQuestion(d.pinned.sealing,
    body, [keyIdOf(key), 'flow', d.authority, PATH]);
  const answer = await send(sealed, { type: SEALED });
  assert.equal(answer.status, 200);
  assert.equal(answer.field('content-type'), SEALED);
  const text = await openAnswer(context, enc, answer.body);
  assert.equal(JSON.parse(text).entry.length, 2);
});

test('a wrong line harms no other', async () => {
  const answer = await send(bundle([about(people[0]),
    about(people[1], { insurer: undefined }), about(people[2])]));
  assert.deepEqual(statuses(answer), [200, 422, 200]);
});

test('none, too many, another type, another path: refused whole',
  async () => {
    const readers = () => d.call('read_by', `site:${site.site}`);
    const before = await readers();
    for (const [body, how] of [
      [bundle([])], [bundle(Array(51).fill(about(people[0])))],
      [bundle([about(people[0])]).replace('"batch"', '"transaction"')],
      [JSON.stringify(about(people[0]))],
      [bundle([about(people[0], { extension: Array(33000).fill(0) })])],
      [bundle([about(people[0])]),
        { to: '/fhir/CoverageEligibilityRequest',
          path: '/fhir/CoverageEligibilityRequest' }]]) {
      const answer = await send(body, how);
      assert.ok([400, 422].includes(answer.status), String(answer.status));
    }
    assert.deepEqual(await readers(), before, 'nobody was read by these');
    const [again] = [bytesOf(bundle([about(people[0])]))];
    assert.equal((await exchange(d, again)).status, 200);
    assert.equal((await exchange(d, again)).code, 'replayed');
    const signed = bundle([about(people[0])]);
    const altered = bundle([about(people[3])]);
    const bytes = Buffer.from(bytesOf(signed).toString('latin1')
      .replace(signed, altered), 'latin1');
    assert.equal((await exchange(d, bytes)).code, 'digest');
  });

test('the budget ends at the same line, and the journal says who',
  async () => {
    const asker = d.site('optician', 1);
    const signer = d.key(asker);
    const fifty = people.slice(0, 50);
    const answer = await send(bundle(fifty.map((p) => about(p))),
      { signer });
    const got = statuses(answer);
    const most = got.indexOf(429);
    assert.ok(most > 0, 'it ends inside');
    assert.deepEqual(got, fifty.map((_, i) => i < most ? 200 : 429));
    const budget = (await d.call('budgets', `site:${asker.site}`)).site.t24;
    assert.deepEqual(budget, [most, most]);
    const read = await d.call('read_by', `site:${asker.site}`);
    const wanted = fifty.slice(0, most).map((p) => [p.amc, p.ref]).sort();
    assert.deepEqual(read.map((r) => r.join()).sort(),
      wanted.map((r) => r.join()).sort());
    // the same fifty again: those known go on, the others are refused
    const again = statuses(await send(bundle(fifty.map((p) => about(p))),
      { signer }));
    assert.deepEqual(again, got);
    assert.equal(
      (await d.call('number_of', `site:${asker.site}`, 'refused')),
      2 * (50 - most));
  });

test('one person fifty times is one person, and fifty entries', async () => {
  const asker = d.site('optician', 2);
  const before = await d.call('entries');
  const answer = await send(bundle(Array(50).fill(about(people[7]))),
    { signer: d.key(asker) });
  assert.deepEqual(statuses(answer), Array(50).fill(200));
  assert.equal((await d.call('budgets', `site:${asker.site}`)).site.c24[0],
    1);
  assert.equal(await d.call('entries') - before, 50);
});

test('one key holds no more slots than it may', async () => {
  const signer = d.key(d.site('optician', 3));
  const all = await Promise.all(Array(12).fill(0).map(() =>
    send(bundle(Array(50).fill(about(people[9]))), { signer })));
  assert.ok(all.every((a) => [200, 503].includes(a.status)));
  const honest = await exchange(d, bytesOf(bundle([about(people[0])])));
  assert.equal(honest.status, 200);
});

test('the keeper killed in the middle: nobody received is missing',
  async () => {
    const asker = site;
    const flight = send(bundle(people.slice(20, 45).map((p) => about(p))))
      .catch(() => null);
    await d.call('kill', 'keeper');
    const answer = await flight;
    const read = new Set((await d.call('read_by', `site:${asker.site}`))
      .map((r) => r.join()));
    const doubt = await d.call('number_of', `site:${asker.site}`,
      'cannot_be_excluded');
    if (answer?.status === 200)
      statuses(answer).forEach((s, i) => assert.ok(s !== 200 || doubt > 0 ||
        read.has([people[20 + i].amc, people[20 + i].ref].join())));
  });

test('a bundle seen before a kill is seen after it', async () => {
  const bytes = bytesOf(bundle([about(people[0]), about(people[1])]));
  assert.equal((await exchange(d, bytes)).status, 200);
  await d.call('kill', 'keeper');
  assert.equal((await exchange(d, bytes)).code, 'replayed');
});
