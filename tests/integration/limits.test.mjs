// SPDX-License-Identifier: Apache-2.0
// Goal: each limit of docs/limits.md that a client can reach, at a live
// instance: at the limit a question is answered (or refused for another
// reason, which is said), one step beyond it is refused for this one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { Instance } from '../lib/instance.mjs';
import { PATH, PLAIN, fieldsOf, linesOf, naming, question } from
  '../lib/forge.mjs';
import { exchange, request } from '../lib/wire.mjs';
import { json } from '../strangers/here.mjs';

const DAY_MS = 86400000, POST = `POST ${PATH} HTTP/1.1`;
let d, key, site, person;

before(async () => {
  d = await Instance.start({ members: 800, insurers: 2, seed: 4 });
  site = d.site('optician');
  key = d.key(site);
  person = d.persons('OPTI').find((p) => p.member && d.card(p) && p.nir &&
    /^(19|20)\d\d(0[1-9]|1[0-2])/.test(p.birth));
});
after(() => d?.close());

/** Sends it signed; [status, code], and the path that a fault names. */
async function outcome(body, { change = {}, type = PLAIN, first = POST,
  host = d.authority, more = [] } = {}) {
  const lines = linesOf(d, body, fieldsOf(d, key, { body }, change), type)
    .filter(([n]) => !more.some(([m]) => m === n))
    .map(([n, v]) => [n, n === 'Host' ? host : v]);
  const answer = await exchange(d, request(first, [...lines, ...more], body));
  return answer.status === 200 ? [200] : [answer.status, answer.code];
}

const OK = [200], LIMIT = [400, 'json-limit'];
const is = async (what, body, wanted, how) =>
  assert.deepEqual(await outcome(body, how), wanted, what);

/** The true question, changed. */
function changed(change = () => {}, more = {}) {
  const r = question({ ...naming(d, person), ...more });
  change(r);
  return JSON.stringify(r);
}

test('the body: 65,536 bytes', async () => {
  const body = changed();
  await is('at the limit', body.padEnd(65536), OK);
  await is('beyond', body.padEnd(65537), [413, 'too-large']);
});

test('the request target: 256 bytes; no query string', async () => {
  const get = async (path) => {
    const a = await exchange(d, request(`GET ${path} HTTP/1.1`,
      [['Host', d.authority]]));
    return [a.status, a.code];
  };
  assert.deepEqual(await get('/' + 'a'.repeat(255)), [404, 'path']);
  assert.deepEqual(await get('/' + 'a'.repeat(256)), [414, 'too-large']);
  assert.deepEqual(await get('/' + 'a'.repeat(8192)), [414, 'too-large']);
  await is('a query string', changed(), [404, 'path'], { first:
    `POST ${PATH}?a HTTP/1.1` });
});

test('fields of the header', async () => {
  const body = changed();
  await is('Host of 255', body, [401, 'signature'],
    { host: 'h'.repeat(255) });
  await is('Host of 256', body, [431, 'too-large'],
    { host: 'h'.repeat(256) });
  const typed = (n) => ({ type: `${PLAIN};`.padEnd(n, 'a') });
  await is('Content-Type of 128', body, OK, typed(128));
  await is('Content-Type of 129', body, [431, 'too-large'], typed(129));
  for (const [name, most, code] of [['Content-Digest', 160, 'digest'],
    ['Signature-Input', 512, 'signature'], ['Signature', 160, 'signature']]) {
    const long = (n) => ({ more: [[name, 'x'.repeat(n)]] });
    await is(`${name} of ${most}`, body, [401, code], long(most));
    await is(`${name} of ${most + 1}`, body, [431, 'too-large'],
      long(most + 1));
  }
  await is('an unknown field of 8 KiB', body, [431, 'too-large'],
    { more: [['X', 'x'.repeat(8192)]] });
  await is('fields of 40 KiB', body, [431, 'too-large'], { more: Array.from(
    { length: 10 }, (_, i) => [`X-${i}`, 'x'.repeat(4000)]) });
  await is('a character that is not printable', body, [400, 'http'],
    { more: [['Signature', 'a\x7f']] });
  await is('Content-Encoding: identity', body, OK,
    { more: [['Content-Encoding', 'identity']] });
  await is('Content-Encoding: gzip', body, [415, 'media-type'],
    { more: [['Content-Encoding', 'gzip']] });
  await is('another type', body, [415, 'media-type'], { type: 'text/json' });
});

test('TLS 1.3 alone', async () => {
  const spoken = (version) => new Promise((done) => {
    const s = connect({ host: '127.0.0.1', port: d.port, ca: d.caText,
      servername: 'localhost', minVersion: version, maxVersion: version });
    s.on('secureConnect', () => { done(s.getProtocol()); s.destroy(); });
    s.on('error', () => done('refused'));
  });
  assert.equal(await spoken('TLSv1.2'), 'refused');
  assert.equal(await spoken('TLSv1.3'), 'TLSv1.3');
});

test('time: a signature lives 30 s, clocks differ by 60 s', async () => {
  const at = (created, expires) => {
    const now = Math.floor(d.now() / 1000);
    return { change: { params: { created: now + created,
      expires: now + expires } } };
  };
  const body = changed();
  await is('30 s', body, OK, at(0, 30));
  await is('31 s', body, [401, 'expired'], at(0, 31));
  await is('ahead by the skew', body, OK, at(60, 90));
  // this clock and the keeper's second may differ by one
  await is('ahead by more', body, [401, 'expired'], at(65, 95));
  await is('behind by nearly the skew', body, OK, at(-80, -50));
  await is('behind by more', body, [401, 'expired'], at(-95, -65));
});

test('the day of care: 1,100 days back, 366 ahead', async () => {
  const on = (days) => changed((r) => {
    r.servicedDate = new Date(d.now().getTime() + days * DAY_MS)
      .toISOString().slice(0, 10);
  });
  const BEYOND = [422, 'care-date'];
  await is('today', on(0), OK);
  await is('1,100 days ago', on(-1100), OK);
  await is('1,101 days ago', on(-1101), BEYOND);
  await is('in 366 days', on(366), OK);
  await is('in 367 days', on(367), BEYOND);
});

// --- JSON ---

/** Values and names, as the reader counts them. */
const tokens = (v) => v === null || typeof v !== 'object' ? 1
  : Array.isArray(v) ? 1 + v.reduce((n, e) => n + tokens(e), 0)
    : 1 + Object.values(v).reduce((n, e) => n + 1 + tokens(e), 0);

test('JSON: 16 levels, 4,096 values and names, 64 members, names of 64',
  async () => {
    // what is not listed is dropped unread, but it is read as JSON
    const deep = (levels) => changed((r) => {
      r.text = JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    });
    await is('depth 16', deep(15), OK);
    await is('depth 17', deep(16), LIMIT);
    const many = (n) => changed((r) => {
      r.text = [];
      r.text = Array(n - tokens(r)).fill(0);
      assert.equal(tokens(r), n);
    });
    await is('4,096 tokens', many(4096), OK);
    await is('4,097 tokens', many(4097), LIMIT);
    const wide = (n) => changed((r) => {
      r.text = Object.fromEntries(Array.from({ length: n },
        (_, i) => [`m${i}`, 0]));
    });
    await is('64 members', wide(64), OK);
    await is('65 members', wide(65), LIMIT);
    const named = (n) => changed((r) => { r.text = { ['n'.repeat(n)]: 0 }; });
    await is('a name of 64', named(64), OK);
    await is('a name of 65', named(65), LIMIT);
  });

test('JSON: what is twice, half or not JSON at all', async () => {
  const body = changed();
  const twice = body.replace('"status":', '"status":"active","st\\u0061tus":');
  await is('a name twice', twice, [400, 'name-twice']);
  for (const [what, bad] of [['cut', body.slice(0, -1)], ['two values',
    `${body}{}`], ['a comma more', body.slice(0, -1) + ',}'],
  ['a number with zeros', body.slice(0, -1) + ',"x":007}'],
  ['NaN', body.slice(0, -1) + ',"x":NaN}'], ['a byte order mark',
    `\ufeff${body}`], ['half a pair', body.slice(0, -1) + ',"x":"\\ud800"}'],
  ['a zero', body.slice(0, -1) + ',"x":"\\u0000"}'],
  ['a tab in a text', body.slice(0, -1) + ',"x":"a\tb"}'],
  ['bytes that are not UTF-8', Buffer.concat([Buffer.from(body.slice(0, -1)),
    Buffer.from(',"x":"\xc3"}', 'latin1')])]])
    await is(what, bad, [400, 'not-json']);
  await is('a number of 2,000 digits', body.slice(0, -1) + ',"x":' +
    '1'.repeat(2000) + '}', OK);
});

// --- what stands in it ---

test('texts of a question, each as long as it may be and one more',
  async () => {
    const of = async (what, wanted, beyond, make) => {
      await is(`${what}, at its limit`, changed(undefined, make(0)), wanted);
      await is(`${what}, one more`, changed(undefined, make(1)), beyond);
    };
    await of('member number, 20', OK, [422, 'member'],
      (n) => ({ member: '9'.repeat(20 + n) }));
    await of('card token, 1,024', [422, 'card'], [422, 'card-shape'],
      (n) => ({ card: `TP1:${'A'.repeat(1020 + n)}` }));
    await of('domain, 8', [403, 'domain-not-own'], [422, 'domain'],
      (n) => ({ domain: 'Z'.repeat(8 + n) }));
    await of('convention, 8', OK, [422, 'class'],
      (n) => ({ convention: 'Z'.repeat(8 + n) }));
    await of('CSR, 20', OK, [422, 'class'],
      (n) => ({ csr: 'Z'.repeat(20 + n) }));
    await of('AMC, 10', OK, [422, 'amc'],
      (n) => ({ amc: '9'.repeat(10 + n) }));
    await of('rank, one digit', OK, [422, 'rank'],
      (n) => ({ rank: n ? '10' : '9' }));
    await of('NIR, 15', OK, [422, 'nir'],
      (n) => ({ nir: '299019999999999'.padEnd(15 + n, '9') }));
    await of('site, 14', [403, 'site'], [422, 'site-number'],
      (n) => ({ site: '9'.repeat(14 + n) }));
    await of('RPPS, 11', [403, 'site'], [422, 'rpps'],
      (n) => ({ rpps: '9'.repeat(11 + n) }));
  });

test('texts of a question, each as short as it may be and one less',
  async () => {
    const least = (more) => changed(undefined, more);
    await is('NIR of 13', least({ nir: '2990199999999' }), OK);
    await is('NIR of 14', least({ nir: '29901999999999' }), [422, 'nir']);
    await is('NIR of 12', least({ nir: '299019999999' }), [422, 'nir']);
    await is('site of 7', least({ site: '9'.repeat(7) }),
      [422, 'site-number']);
    await is('RPPS of 10', least({ rpps: '9'.repeat(10) }), [422, 'rpps']);
    await is('rank 0', least({ rank: '0' }), [422, 'rank']);
    await is('no AMC', changed((r) => { r.insurer.identifier.value = ''; }),
      [422, 'amc']);
    await is('no token behind the prefix', least({ card: 'TP1:' }),
      [422, 'card-shape']);
  });

test('ids of what is contained: 64 characters, as FHIR says', async () => {
  const called = (n) => changed((r) => {
    const id = 'i'.repeat(n);
    r.contained[0].id = id;
    r.patient.reference = r.contained[1].beneficiary.reference = `#${id}`;
  });
  await is('64', called(64), OK);
  await is('65', called(65), [422, 'contained']);
});

test('exactly one of what may stand once', async () => {
  for (const [what, code, change] of [
    ['two insurances', 'not-one', (r) => r.insurance.push(r.insurance[0])],
    ['no insurance', 'not-one', (r) => { r.insurance = []; }],
    ['two items', 'not-one', (r) => r.item.push(r.item[0])],
    ['two payors', 'not-one', (r) =>
      r.contained[1].payor.push(r.contained[1].payor[0])],
    ['two patients', 'dangling', (r) => r.contained.push(r.contained[0])],
    ['two coverages', 'dangling', (r) => r.contained.push(r.contained[1])],
    ['two cards', 'card-shape', (r) => { r.contained[1].identifier = Array(2)
      .fill({ system: 'https://ecluse.example/id/card',
        value: d.card(person) }); }],
  ])
    await is(what, changed(change), [422, code]);
});

/** Values that nobody sends by mistake: none is a fault of the server. */
const odd = ['', ' ', '-', '0', '00000000', '99999999', '-1', '1e9', '\u00e9',
  '\u0001', '\u{1f600}', "' OR 1=1 --", '%s%n', '../../etc/passwd', '#', 'é',
  'a'.repeat(5000), null, true, 0, 1e300, [], {}, [[]], { a: 1 }];
const places = [
  ['status'], ['purpose'], ['purpose', 0], ['created'], ['servicedDate'],
  ['patient'], ['patient', 'reference'], ['insurer'],
  ['insurer', 'identifier'], ['insurer', 'identifier', 'system'],
  ['insurer', 'identifier', 'value'], ['insurance'], ['insurance', 0],
  ['insurance', 0, 'coverage', 'reference'], ['item'], ['item', 0],
  ['item', 0, 'category'], ['item', 0, 'category', 'coding', 0, 'code'],
  ['contained'], ['contained', 0], ['contained', 0, 'id'],
  ['contained', 0, 'birthDate'], ['contained', 0, 'extension'],
  ['contained', 0, 'resourceType'], ['contained', 1, 'identifier'],
  ['contained', 1, 'subscriberId'], ['contained', 1, 'subscriber'],
  ['contained', 1, 'dependent'], ['contained', 1, 'payor', 0],
  ['contained', 1, 'class'], ['contained', 1, 'status'], ['resourceType'],
  ['provider'], ['enterer'], ['modifierExtension'], ['implicitRules'],
];

test('odd values at every place: answered or refused, never a fault of ours',
  async () => {
    const codes = new Set(json('fhir/CodeSystem/refusal.json').concept
      .map(({ code }) => code));
    const pids = await d.call('pids'), seen = new Set();
    for (const place of places)
      for (const value of odd) {
        const body = changed((r) => {
          let at = r;
          for (const step of place.slice(0, -1))
            at = at[step];
          at[place.at(-1)] = value;
        });
        const what = `${place.join('.')} = ${JSON.stringify(value)}`;
        const [status, code] = await outcome(body);
        assert.ok(status === 200 || (status >= 400 && status < 500),
          `${what.slice(0, 100)}: ${status} ${code}`);
        assert.ok(status === 200 || codes.has(code), what);
        seen.add(code);
      }
    assert.ok(seen.size > 15, [...seen].join(' '));
    assert.deepEqual(await d.call('pids'), pids);
  });
