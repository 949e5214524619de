// SPDX-License-Identifier: Apache-2.0
// Goal: a live instance, end to end, judged by programs nobody here wrote:
// fhir-kit-client with http-message-signatures asks and checks; three
// validators read every answer and every error; @hpke/core seals and opens;
// jose reads the promise, a COSE library the card, sigstore the journal; and
// each published PAS example gets a reason.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { after, before, test } from 'node:test';
import { Sign1 } from '@auth0/cose';
import base45 from 'base45';
import { decode } from 'cbor2';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { Instance, KIND, readLeaf } from '../lib/instance.mjs';
import { PATH, PLAIN, SEALED, ask, fieldsOf, linesOf, naming, question,
  questionBytes, text } from '../lib/forge.mjs';
import { exchange, request } from '../lib/wire.mjs';
import { signingClient } from './client.mjs';
import { json, published } from './here.mjs';
import { openAnswer, sealQuestion } from './seal.mjs';
import { checkAnswer, keyIdOf } from './signing.mjs';
import { accepted, entryOf, trustedOf } from './tlog.mjs';
import { objections } from './validators.mjs';

const codes = new Set(json('fhir/CodeSystem/refusal.json').concept
  .map(({ code }) => code));
let d, optician, key;

before(async () => {
  d = await Instance.start({ seed: 5 });
  optician = d.site('optician');
  key = d.key(optician);
});
after(() => d?.close());

const extension = (holder, name) => (holder.extension ?? [])
  .find(({ url }) => url.endsWith(`/StructureDefinition/${name}`));
const stateOf = (r) =>
  extension(r.insurance[0], 'answer-state').valueCode;

function isFhir(what, resource, profile) {
  assert.deepEqual(objections(resource, profile), [], what);
}

/** A reasoned refusal: valid FHIR, one of our codes, words, nothing more. */
function isReasoned(what, answer, status, code) {
  assert.ok(answer, `${what}: hung up`);
  assert.equal(answer.field('content-type'), PLAIN, what);
  isFhir(what, answer.resource);
  assert.ok(codes.has(answer.code), `${what}: ${answer.code}`);
  const [issue] = answer.resource.issue;
  assert.ok(issue.details.text.length > 20, what);
  assert.ok(issue.diagnostics.length > 20, what);
  assert.deepEqual([answer.status, answer.code], [status, code], what);
}

/** The keeper said it, to this very question. */
async function isSigned(what, answer, fields) {
  const asked = { headers: Object.fromEntries(fields) };
  const good = await checkAnswer(d.pinned.answer, { status: answer.status,
    headers: answer.headers, body: answer.body }, asked, d.now())
    .catch((e) => e);
  assert.equal(good, true, `${what}: ${good}`);
}

// --- fhir-kit-client ---

/** fetch, believing the instance's own certificate authority. */
const send = (url, { method, headers, body }) =>
  new Promise((done, failed) => {
    const r = httpsRequest(url, { method, headers, ca: d.caText }, (said) => {
      const parts = [];
      said.on('data', (part) => parts.push(part));
      said.on('end', () => done(new Response(Buffer.concat(parts),
        { status: said.statusCode, headers: said.headers })));
    });
    r.on('error', failed);
    r.end(body);
  });

test('fhir-kit-client reads, asks, and believes the pinned key alone',
  async (t) => {
    let answerKey = d.pinned.answer;
    const client = signingClient({ baseUrl: `${d.url}/fhir`, key, send,
      answerKey: () => answerKey, now: () => d.now() });
    t.after(() => client.close());
    const statement = await client.capabilityStatement();
    isFhir('capability statement', statement);
    assert.equal(statement.rest[0].resource[0].type,
      'CoverageEligibilityRequest');
    const [person] = d.persons('OPTI');
    const body = question(naming(d, person));
    isFhir('question', body, 'rights-question');
    const create = () => client.create(
      { resourceType: 'CoverageEligibilityRequest', body });
    const answer = await create();
    assert.equal(stateOf(answer), 'covered');
    isFhir('answer', answer, 'rights-answer');
    delete body.contained[0].birthDate;
    await assert.rejects(create(), ({ response }) =>
      response.status === 422 &&
      response.data.issue[0].details.coding[0].code === 'person');
    answerKey = d.pinned.promise;	// another key of the same service
    await assert.rejects(create(), /not signed by the keeper/);
  });

// --- answers of every state ---

/** Persons of whom the book has one line: what it says is the answer. */
const single = (people) => people.filter((p) => d.people.filter(
  ({ amc, ref }) => amc === p.amc && ref === p.ref).length === 1);
const needsPec = (p, domain) => p.domains.split(',')
  .some((s) => s.startsWith(`${domain}=`) && s.endsWith('+PEC'));
const over = (p) => (p.closed || p.to) < '2026-11-23';

/** What is asked for each state, and whether a prise en charge is needed. */
const meant = {
  'covered': () => [naming(d, single(d.persons('PHAR'))
    .find((p) => !needsPec(p, 'PHAR'))), 'PHAR', false],
  'covered, prise en charge': () => [naming(d, single(d.persons('OPTI'))
    .find((p) => needsPec(p, 'OPTI'))), 'OPTI', true],
  'covered, by card': () => [naming(d, single(d.persons('PHAR'))
    .find((p) => d.card(p)), 'card'), 'PHAR', false],
  'covered, by NIR': () => [naming(d, single(d.persons('PHAR'))[0], 'nir'),
    'PHAR', false],
  'not-covered': () => [naming(d, single(d.persons('OPTI', false))[0])],
  'closed': () => [naming(d, single(d.people).find(over))],
  'other-route': () => [{ ...naming(d, single(d.persons('OPTI'))[0]),
    convention: 'ZZ' }],
  'unknown': () => [{ ...naming(d, d.persons('OPTI')[0]),
    member: '000000001' }],
  'unknown, another insurer': () => [{ ...naming(d, d.persons('OPTI')[0]),
    amc: '0099999999' }],
};

test('answers of every state are FHIR, of the profile, and signed',
  async () => {
    for (const [what, made] of Object.entries(meant)) {
      const [named, domain = 'OPTI', pec = false] = made();
      const body = text({ ...named, domain });
      const fields = fieldsOf(d, domain === 'OPTI' ? key
        : d.key(d.site('pharmacy')), { body });
      const answer = await exchange(d, request(`POST ${PATH} HTTP/1.1`,
        linesOf(d, body, fields), body));
      assert.equal(answer.status, 200, what);
      await isSigned(what, answer, fields);
      const r = answer.resource, state = what.split(',')[0];
      isFhir(what, r, 'rights-answer');
      assert.equal(stateOf(r), state, what);
      assert.equal(r.insurance[0].item?.[0].authorizationRequired ?? false,
        pec, what);
      assert.equal(Boolean(extension(r, 'promise')), state === 'covered',
        what);
    }
  });

// --- errors ---

const post = (body, change = {}, first = `POST ${PATH} HTTP/1.1`) => {
  const dropped = change.drop ?? [];
  const lines = linesOf(d, body, change.signature ??
    fieldsOf(d, change.key ?? key, { body }, change), change.type)
    .filter(([name]) => !dropped.includes(name));
  return exchange(d, request(first, [...lines, ...change.more ?? []], body));
};
const get = (path, more = []) => exchange(d, request(
  `GET ${path} HTTP/1.1`, [['Host', d.authority], ...more]));

test('what nginx and the gate refuse is FHIR, with a code of ours',
  async () => {
    const refused = async (what, answer, ...rest) =>
      isReasoned(what, await answer, ...rest);
    await refused('no such path', get('/fhir/Patient'), 404, 'path');
    await refused('a query', get('/fhir/metadata?_format=json'), 404, 'path');
    await refused('a tile to come', get('/journal/tile/0/999'), 404, 'path');
    await refused('GET of a question', get(PATH), 405, 'method');
    await refused('DELETE', post('{}', {}, `DELETE ${PATH} HTTP/1.1`), 405,
      'method');
    await refused('POST to the journal', post('{}', {},
      'POST /journal/checkpoint HTTP/1.1'), 405, 'method');
    await refused('no body', post(''), 400, 'http');
    await refused('a body of 65,537 bytes', post('x'.repeat(65537)), 413,
      'too-large');
    await refused('a long address', get('/' + 'a'.repeat(300)), 414,
      'too-large');
    await refused('a longer address', get('/' + 'a'.repeat(9000)), 414,
      'too-large');
    await refused('XML', post('<x/>', { type: 'application/fhir+xml' }), 415,
      'media-type');
    await refused('gzip', post('{}', { more: [['Content-Encoding', 'gzip']] }),
      415, 'media-type');
    await refused('a long field', post('{}', { signature: [
      ['Signature-Input', 'a'.repeat(513)]] }), 431, 'too-large');
    await refused('a field of 9,000 bytes', get('/fhir/metadata',
      [['X', 'a'.repeat(9000)]]), 431, 'too-large');
    await refused('two lengths', post('{}', { more: [['Content-Length', 3]] }),
      400, 'http');
    await refused('a control character', post('{}', { signature: [
      ['Signature', 'a\x01b']] }), 400, 'http');
    await refused('no HTTP', exchange(d, 'nonsense\r\n\r\n'), 400, 'http');
  });

test('plain HTTP to the TLS port is told so, in FHIR', async () => {
  const said = await new Promise((done, failed) => {
    const parts = [];
    const s = connect(d.port, '127.0.0.1');
    s.on('data', (part) => parts.push(part));
    s.on('error', failed);
    s.on('end', () => done(Buffer.concat(parts).toString()));
    s.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  const r = JSON.parse(said.slice(said.indexOf('\r\n\r\n')));
  isFhir('plain HTTP', r);
  assert.equal(r.issue[0].details.coding[0].code, 'http');
});

const minus = (s) => new Date(d.now().getTime() - s * 1000) / 1000 | 0;
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** What the keeper refuses: [status, code, what changes in the question]. */
const keeperRefusals = () => ({
  'nothing signed': [401, 'unsigned', { signature: [] }],
  'another form': [401, 'signature', { label: 'sig1' }],
  'another body': [401, 'digest', { digest:
    'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' }],
  'too old': [401, 'expired', { params: { created: minus(200),
    expires: minus(170) } }],
  'nobody’s key': [401, 'key-unknown', { key: stranger.privateKey }],
  'a site that is not its own': [403, 'site',
    { q: { site: d.site('optician', 1).site } }],
  'a professional that is not its own': [403, 'site',
    { q: { rpps: '99900000219' } }],
  'another profession’s domain': [403, 'domain-not-own',
    { q: { domain: 'PHAR' } }],
  'a card of nobody': [422, 'card', { q: { card: 'TP1:ABC' } }],
  'half a person': [422, 'person', { q: { birth: undefined } }],
  'sealed to nobody': [400, 'sealed', { body: 'x'.repeat(200),
    type: SEALED }],
});

test('what the keeper refuses is FHIR, with a code of ours, and signed',
  async () => {
    const [person] = d.persons('OPTI');
    for (const [what, [status, code, change]] of
      Object.entries(keeperRefusals())) {
      const body = change.body ??
        text({ ...naming(d, person), ...change.q });
      const fields = change.signature ??
        fieldsOf(d, change.key ?? key, { body }, change);
      const answer = await post(body, { ...change, signature: fields });
      isReasoned(what, answer, status, code);
      if (fields.length && !change.label)
        await isSigned(what, answer, fields);
    }
  });

test('a question seen before, a revoked key: refused alike', async () => {
  const other = d.site('optician', 1), key = d.key(other);
  const bytes = questionBytes(d, key, text(naming(d, d.persons('OPTI')[0])));
  assert.equal((await exchange(d, bytes)).status, 200);
  isReasoned('replayed', await exchange(d, bytes), 401, 'replayed');
  const revoked = d.ecluse('revoke', d.dir, `key:${keyIdOf(key)}`);
  assert.equal(revoked.status, 0, revoked.err);
  isReasoned('revoked', await ask(d, key, text(naming(d,
    d.persons('OPTI')[1]))), 403, 'key-revoked');
});

test('a spent budget is told in FHIR, with a time to come back',
  async () => {
    const site = d.site('audio'), key = d.key(site);
    const { t24: [, most] } = (await d.call('budgets',
      `site:${site.site}`)).site;
    const people = [...new Map(d.persons('AUDI').map((p) =>
      [`${p.amc} ${p.ref}`, p])).values()];
    for (const p of people.slice(0, most)) {
      const a = await ask(d, key, text({ ...naming(d, p), domain: 'AUDI' }));
      assert.equal(a.status, 200);
      isFhir('the last of a budget', a.resource, 'rights-answer');
    }
    const answer = await ask(d, key, text({ ...naming(d, people[most]),
      domain: 'AUDI' }));
    isReasoned('spent', answer, 429, 'budget-spent');
    assert.equal(answer.field('retry-after'), '3600');
  });

test('an insurer whose rights cannot be read: told in FHIR', async () => {
  const { vault } = await d.call('pids');
  const [person] = d.persons('OPTI');
  process.kill(vault, 'SIGSTOP');
  try {
    const answer = await ask(d, key, text(naming(d, person)));
    isReasoned('a silent vault', answer, 503, 'insurer-silent');
  } finally {
    process.kill(vault, 'SIGCONT');
  }
  // until it has answered what it was asked meanwhile the keeper holds it silent
  let again;
  do {
    again = await ask(d, key, text(naming(d, person)));
  } while (again.status === 503 && again.code === 'insurer-silent');
  assert.equal(again.status, 200);
});

test('where bodies are sealed and clients certified: told in FHIR',
  async (t) => {
    const strict = await Instance.start({ members: 500, insurers: 2, seed: 5,
      conf: { 'flow.plain': 'no', 'flow.client-certificate': 'required' } });
    t.after(() => strict.close());
    const file = (name) => readFileSync(`${strict.dir}/drill/vendor.${name}`);
    const vendor = { cert: file('pem'), key: file('key') };
    const body = text(naming(strict, strict.persons('OPTI')[0]));
    const bytes = questionBytes(strict, strict.key(strict.site('optician')),
      body);
    isReasoned('no certificate', await exchange(strict, bytes), 400, 'http');
    isReasoned('a plain body', await exchange(strict, bytes, vendor), 415,
      'plain');
    const metadata = await exchange(strict, request(
      'GET /fhir/metadata HTTP/1.1', [['Host', strict.authority]]), vendor);
    isFhir('sealed bodies alone', metadata.resource);
  });

// --- sealed ---

test('@hpke/core seals what the server opens, and opens its answer',
  async () => {
    const where = [keyIdOf(key), 'flow', d.authority, PATH];
    const seen = new Set();
    const [known] = meant['covered, prise en charge']();
    for (const named of [known, meant.unknown()[0], { amc: '1' }]) {
      const { context, enc, sealed } = await sealQuestion(d.pinned.sealing,
        Buffer.from(text(named)), where);
      const fields = fieldsOf(d, key, { body: sealed });
      const answer = await exchange(d, request(`POST ${PATH} HTTP/1.1`,
        linesOf(d, sealed, fields, SEALED), sealed));
      await isSigned('sealed', answer, fields);
      assert.equal(answer.field('content-type'), SEALED);
      const r = JSON.parse(await openAnswer(context, enc, answer.body));
      isFhir('sealed', r);
      seen.add(r.insurance ? stateOf(r) :
        r.issue[0].details.coding[0].code);
    }
    assert.deepEqual([...seen], ['covered', 'unknown', 'person']);
  });

// --- what is signed besides ---

const meantCovered = () => meant['covered, prise en charge']()[0];

async function covered() {
  const answer = await ask(d, key, text(meantCovered()));
  assert.equal(answer.status, 200);
  return answer.resource;
}

const indexOf = (r) =>
  Number(r.request.identifier.value.slice(d.pinned.origin.length + 1));

test('jose verifies the promise with the pinned key, and no other',
  async () => {
    const r = await covered(), named = meantCovered();
    const promise = extension(r, 'promise').valueString;
    const { payload } = await compactVerify(promise, d.pinned.promise,
      { algorithms: ['EdDSA'] });
    const p = JSON.parse(Buffer.from(payload));
    assert.equal(decodeProtectedHeader(promise).kid,
      keyIdOf(d.pinned.promise));
    assert.deepEqual([p.iss, p.txn, p.amc, p.site, p.dom, p.dat],
      [d.pinned.origin, r.request.identifier.value, named.amc,
        optician.site, 'OPTI', '2026-11-23']);
    assert.equal(p.lvl, r.insurance[0].item[0].benefit[0].allowedString);
    assert.ok(p.iat <= d.now() / 1000 && p.exp > p.iat);
    assert.ok(!JSON.stringify(p).includes(named.member));
    const refused = (jws, by = d.pinned.promise) => assert.rejects(
      compactVerify(jws, by, { algorithms: ['EdDSA'] }));
    await refused(promise, d.pinned.answer);
    const [head, body, signature] = promise.split('.');
    const altered = Buffer.from(JSON.stringify({ ...p, lvl: 'BR400' }))
      .toString('base64url');
    await refused(`${head}.${altered}.${signature}`);
    await refused(`${head}.${body}.${signature.replace(/^./,
      (c) => c === 'A' ? 'B' : 'A')}`);
  });

test('a COSE library verifies the cards of the population', async () => {
  const people = d.persons('OPTI').filter((p) => d.card(p)).slice(0, 20);
  assert.equal(people.length, 20);
  for (const p of people) {
    const bytes = new Uint8Array(base45.decode(d.card(p).slice(4)));
    const message = Sign1.decode(bytes);
    await message.verify(d.cardKey(p.amc), { algorithms: [-7] });
    const claims = decode(message.payload, { preferMap: true });
    assert.equal(claims.get(1), p.amc);
    assert.ok(p.cards.includes(Buffer.from(claims.get(7)).toString('hex')));
    bytes[bytes.length >> 1] ^= 1;
    await assert.rejects(async () => Sign1.decode(bytes).verify(
      d.cardKey(p.amc), { algorithms: [-7] }));
  }
});

test('sigstore verifies the proof of an answer, fetched from the live log',
  async () => {
    const index = indexOf(await covered());
    await d.call('published', index);
    const leaf = d.leaves()[index];
    const { kind, existed } = readLeaf(leaf);
    assert.deepEqual([kind, existed], [KIND.asked, 1]);
    const done = d.ecluse('journal', 'proof', d.dir, index, '-o', '-');
    assert.equal(done.status, 0, done.err);
    const entry = () => entryOf(done.out, Buffer.from(leaf));
    const logs = [trustedOf(d.pinned.vkey)];	// pinned, not beside it
    assert.ok(accepted(entry(), logs));
    const altered = entry();
    altered.canonicalizedBody[72] ^= 1;	// "nobody was there"
    assert.ok(!accepted(altered, logs));
    const moved = entry();
    moved.inclusionProof.logIndex = String(index - 1);
    assert.ok(!accepted(moved, logs));
    const checkpoint = await get('/journal/checkpoint');
    const fetched = entry();
    fetched.inclusionProof.checkpoint.envelope = checkpoint.body.toString();
    const size = Number(checkpoint.body.toString().split('\n')[1]);
    assert.ok(size > index);
    const theirs = done.out.split('\n\n')[1].split('\n')[1];
    assert.equal(accepted(fetched, logs), size === Number(theirs));
  });

// --- what others send ---

test('each published PAS example, signed, gets a reason', async (t) => {
  const files = published();
  if (files.length === 0)
    return t.skip('the shared examples are not at hand');
  assert.equal(files.length, 39);
  const pids = await d.call('pids');
  for (const file of files) {
    const what = basename(file), body = readFileSync(file);
    const fields = fieldsOf(d, key, { body });
    const answer = await post(body, { signature: fields });
    isReasoned(what, answer, 422, answer.code);
    await isSigned(what, answer, fields);
    const type = JSON.parse(body).resourceType;
    assert.equal(answer.code, type === 'Bundle' ? 'bundle'
      : type.startsWith('Claim') ? 'claim' : 'other-resource', what);
  }
  assert.deepEqual(await d.call('pids'), pids);
});

test('after all of it the journal verifies and the server never fell',
  async () => {
    const done = d.ecluse('journal', 'verify', d.dir, '--entries');
    assert.equal(done.status, 0, done.out + done.err);
    assert.equal((await d.call('logged')).split('ready: ').length, 2);
  });
