// SPDX-License-Identifier: Apache-2.0
// Attacker: whoever writes HTTP that two readers may take differently: a path
// spelt in another way, each signed field twice, fields beside them that other
// servers listen to, lengths that contradict each other. Goal: what is not
// signed is not answered however it is written, what is signed is answered
// about the very person or not at all, and no process ends
// (messages.test.mjs: what is said; test_captured_nginx.py: behind nginx).
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Instance } from '../lib/instance.mjs';
import { PATH, PLAIN, fieldsOf, naming, text } from '../lib/forge.mjs';
import { exchange, request } from '../lib/wire.mjs';

const POST = `POST ${PATH} HTTP/1.1`;
const SIGNED = ['Content-Digest', 'Signature-Input', 'Signature'];
const stranger = generateKeyPairSync('ed25519').privateKey;
let d, victim, thief, own, body, other, pids;

before(async () => {
  d = await Instance.start({ seed: 17 });
  victim = d.key(d.site('optician', 0));
  thief = d.key(d.site('optician', 1));	// enrolled, and never answered
  const people = d.persons('OPTI').filter((p) => p.member);
  own = people[0];	// the one person that the victim asks about
  body = text(naming(d, own));
  other = text(naming(d, people[1]));	// whom the attackers are after
  pids = await d.call('pids');
});
after(() => d?.close());

/** [status, code]; of what was hung up on [0]. */
async function said(bytes) {
  const answer = await exchange(d, bytes);
  return answer ? [answer.status, answer.status === 200 ? undefined
    : answer.code] : [0];
}

const fields = (key, what, more = {}) =>
  fieldsOf(d, key, { body: what, ...more });
const head = (what) => [['Host', d.authority], ['Content-Type', PLAIN],
  ['Content-Length', String(Buffer.byteLength(what))]];
const whole = (what, lines, first = POST) =>
  request(first, [...head(what), ...lines], what);

/** Refused, by the front or by the keeper, before anything is looked at. */
async function refused(what, bytes, ...codes) {
  const [status, code] = await said(bytes);
  assert.ok(status === 0 || (((status >= 400 && status < 500) ||
    status === 501) && (!codes.length || codes.includes(code))), `${what}: ${status} ${code}`);
}

// --- addresses ---

/** Other spellings of a path, of which some server makes the same. */
function spellings(path) {
  const parts = path.slice(1).split('/');
  const mid = (s) => parts.length > 1
    ? [`/${parts[0]}${s}${parts.slice(1).join('/')}`] : [];
  const hex = (c) => `%${c.charCodeAt(0).toString(16)}`;
  return [
    `/${path}`, `//localhost${path}`, `/.${path}`, `/x/..${path}`,
    `/%2e${path}`, `/x/%2e%2e${path}`, `/x/%2E%2E${path}`, `/..${path}`,
    `/;x${path}`, `/x/..;${path}`, `/%2f${path}`, `/%252f${path.slice(1)}`,
    `/\\${path}`, `/%5c${path}`, `/ ${path}`.replace('/ ', '/%20'),
    ...mid('//'), ...mid('/./'), ...mid('/x/../'), ...mid('%2f'),
    ...mid('%2F'), ...mid('%252f'), ...mid('\\'), ...mid('%5c'),
    ...mid(';a=b/'), ...mid('/;a=b/'), ...mid('%00/'), ...mid('./'),
    ...mid('%c0%af'), ...mid('%e2%81%84'),
    `${path}/`, `${path}//`, `${path}/.`, `${path}/..`, `${path}/x/..`,
    `${path}.`, `${path}%2e`, `${path}..`, `${path}.json`, `${path};`,
    `${path};jsessionid=1`, `${path}%3bx`, `${path}%00`, `${path}%00.json`,
    `${path}%0a`, `${path}%0d%0aX:y`, `${path}%20`, `${path}+`, `${path}\\`,
    `${path}%5c`, `${path}%2f`, `${path}?`, `${path}??`, `${path}?${path}`,
    `${path}%3f`, `${path}#`, `${path}%23`, `${path},${path}`,
    `${path}&x=y`, `${path}:80`, `${path}*`,
    path.toUpperCase(), path.toLowerCase() === path ? `${path}r`
      : path.toLowerCase(), `/${hex(path[1])}${path.slice(2)}`,
    `${path.slice(0, -1)}${hex(path.at(-1))}`,
    `${path.slice(0, -1)}%25${hex(path.at(-1)).slice(1)}`,
    path.slice(0, -1), path.slice(1),
  ];
}

test('a path is one row of bytes: no other spelling of it leads there',
  async () => {
    for (const path of [PATH, '/fhir/Claim', '/fhir'])
      for (const target of spellings(path)) {
        assert.notEqual(target, path);
        const first = `POST ${target} HTTP/1.1`;
        for (const signed of [target, path])
          await refused(`${target} signed as ${signed}`, whole(other,
            fields(thief, other, { path: signed }), first), 'path', 'http');
      }
  });

test('a whole address: its path is signed, its host opens nothing',
  async () => {
    for (const place of [`https://${d.authority}`, `http://${d.authority}`,
      'https://elsewhere.example', `https://x@${d.authority}`,
      `https://${d.authority}.`, `ftp://${d.authority}`]) {
      // as the line says, and as is signed: the path must be the bytes
      for (const path of [PATH + '/', `/${PATH}`, '/fhir/%43laim'])
        await refused(`${place}${path}`, whole(other, fields(thief, other,
          { path }), `POST ${place}${path} HTTP/1.1`), 'path', 'http');
      await refused(`${place}, unsigned`, whole(other, [],
        `POST ${place}${PATH} HTTP/1.1`), 'unsigned', 'path', 'http');
      const authority = place.split('//')[1];
      if (authority !== d.authority)
        await refused(`${place}, signed so`, whole(other, fields(thief, other,
          { authority }), `POST ${place}${PATH} HTTP/1.1`), 'signature',
        'path', 'http');
    }
  });

test('hosts: this authority in its own bytes, or in another case',
  async () => {
    const port = d.authority.split(':')[1];
    for (const host of ['', 'localhost', `localhost.:${port}`,
      `LOCALHOST.:${port}`, `localhost:0${port}`, `localhost:${port}.`,
      `localhost:${port}/`, `localhost:${port}/fhir`, `x@localhost:${port}`,
      `localhost:${port}, localhost:${port}`, `localhost:${port} x`,
      `[::1]:${port}`, `127.0.0.1:${port}`, `localhost%00:${port}`,
      `localhost:${port}#`, `localhost:${port}?`, `.localhost:${port}`]) {
      const lines = head(other).slice(1);
      // signed for what it says, and for what the service is
      for (const authority of [host.toLowerCase(), d.authority])
        await refused(`Host ${host}`, request(POST, [['Host', host], ...lines,
          ...fields(thief, other, { authority })], other), 'signature',
        'http');
    }
  });

// --- fields that come twice, and fields beside them ---

test('of what is said twice the false one is never taken', async () => {
  const orders = [0, 1, 2, 3, 4, 5, 6, 7];
  for (const bits of orders) {
    // another body, with a true question's fields beside a stranger's
    const t = Object.fromEntries(fields(victim, body));
    const f = Object.fromEntries(fields(stranger, other));
    const lines = SIGNED.flatMap((n, i) => bits >> i & 1
      ? [[n, t[n]], [n, f[n]]] : [[n, f[n]], [n, t[n]]]);
    await refused(`false and true, ${bits}`, whole(other, lines), 'digest',
      'signature', 'key-unknown', 'http', 'too-large');
    await refused(`joined, ${bits}`, whole(other, SIGNED.map((n, i) =>
      [n, bits >> i & 1 ? `${t[n]}, ${f[n]}` : `${f[n]}, ${t[n]}`])),
    'digest', 'signature', 'key-unknown', 'http', 'too-large');
    // the true body: answered about him, or not at all
    const [status] = await said(whole(body, lines));
    assert.ok(status === 200 || (status >= 400 && status < 500), status);
  }
});

test('a signed field twice, both times the same', async () => {
  for (const name of [...SIGNED, 'Host', 'Content-Type', 'Content-Length']) {
    const lines = [...head(other), ...fields(stranger, other)];
    const twice = lines.find(([n]) => n === name);
    await refused(`${name} twice, a stranger’s`, request(POST, [...lines,
      twice], other));
    const good = [...head(body), ...fields(victim, body)];
    const [status, code] = await said(request(POST, [...good, good.find(([n]) =>
      n === name)], body));
    assert.ok(status === 200 || status === 400 || status === 401,
      `${name}: ${status} ${code}`);
    if (name === 'Host' || name === 'Content-Length')
      assert.equal(status, 400, name);
  }
  for (const [name, value] of [['Host', 'elsewhere.example'],
    ['Content-Length', '2']])
    for (const first of [true, false]) {
      const lines = [...head(other), ...fields(thief, other)];
      lines.splice(first ? 0 : lines.length, 0, [name, value]);
      await refused(`${name} twice, unequal`, request(POST, lines, other),
        'http');
    }
});

test('a name that only looks like a signed field is not one', async () => {
  const like = (name) => [name.replaceAll('-', '_'), `X-${name}`,
    `HTTP_${name.replaceAll('-', '_').toUpperCase()}`, `${name}-`,
    `${name}_`, `${name}\x01`, `${name}\xa0`, `${name}.`,
    `x_${name}`, `Proxy-${name}`, `${name[0]}_${name.slice(1)}`];
  for (const name of SIGNED)
    for (const other_ of like(name)) {
      if (other_ === name)
        continue;	// Signature has no hyphen
      const lines = fields(victim, body).map(([n, v]) =>
        [n === name ? other_ : n, v]);
      await refused(`${name} as ${JSON.stringify(other_)}`,
        whole(body, lines), 'unsigned', 'http');
    }
  // case is no other name (RFC 9110 §5.1)
  assert.deepEqual(await said(whole(body, fields(victim, body).map(([n, v]) =>
    [n.toUpperCase(), v]))), [200, undefined]);
});

const BESIDE = [['X-Original-URL', '/fhir/Claim'], ['X-Rewrite-URL', '/x'],
  ['X-HTTP-Method-Override', 'GET'], ['X-Method-Override', 'GET'],
  ['X-Forwarded-Host', 'elsewhere.example'], ['X-Forwarded-For', '127.0.0.1'],
  ['X-Forwarded-Proto', 'http'], ['X-Real-IP', '127.0.0.1'],
  ['Forwarded', 'for=127.0.0.1;host=elsewhere.example'],
  ['Client-Verify', 'SUCCESS'], ['CLIENT_VERIFY', 'SUCCESS'],
  ['Remote-User', 'admin'], ['Authorization', 'Basic YWRtaW46'],
  ['Cookie', 'admin=1'], ['X-Accel-Redirect', '/journal/checkpoint'],
  ['Request-Method', 'GET'], ['Request-Uri', '/fhir/metadata'],
  ['Script-Name', '/'], ['Path-Info', '/'], ['Proxy', 'http://127.0.0.1:1'],
  ['Connection', 'close, Signature, Signature-Input, Content-Digest'],
  ['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'],
  ['HTTP2-Settings', 'AAMAAABkAAQAAP__'], ['Trailer', 'Signature'],
  ['TE', 'trailers'], ['Range', 'bytes=0-1'], ['If-None-Match', '*'],
  ['If-Match', '"x"'], ['If-Modified-Since', 'Thu, 01 Jan 2037 00:00:00 GMT'],
  ['Accept', 'text/html'], ['Accept-Encoding', 'gzip'], ['Origin', 'null'],
  ['Digest', 'sha-256=AAAA'], ['Want-Content-Digest', 'sha-256=1'],
  ['Content-Location', '/fhir/Claim'], ['Content-Language', 'x'],
  ['Prefer', 'respond-async'], ['Keep-Alive', 'timeout=9999']];

test('fields beside the signed ones change nothing', async () => {
  for (const line of BESIDE) {
    const what = line.join(': ');
    assert.deepEqual(await said(whole(body, [...fields(victim, body), line])),
      [200, undefined], what);
    assert.deepEqual(await said(whole(other, [line])), [401, 'unsigned'],
      what);
    assert.deepEqual(await said(whole(other, [...fields(stranger, other),
      line])), [401, 'key-unknown'], what);
  }
});

// --- where one request ends ---

const chunks = (...pieces) => pieces.map((p) =>
  `${Buffer.byteLength(p).toString(16)}\r\n${p}\r\n`).join('') + '0\r\n\r\n';

test('two lengths, or none that is one: not read at all', async () => {
  const length = (v) => ['Content-Length', v];
  const coding = (v) => ['Transfer-Encoding', v];
  const n = String(Buffer.byteLength(other));
  const chunked = chunks(other);
  for (const [lines, sent] of [
    [[length(n), coding('chunked')], chunked],
    [[coding('chunked'), length(n)], chunked],
    [[length(String(chunked.length)), coding('chunked')], chunked],
    [[length('0'), coding('chunked')], chunked],
    [[length(n), coding('identity')], other],
    [[length(n), coding('Chunked')], chunked],
    [[coding('chunked'), coding('chunked')], chunked],
    [[coding('chunked, chunked')], chunked],
    [[coding('gzip, chunked')], chunked], [[coding('chunked, gzip')], chunked],
    [[coding('xchunked')], chunked], [[coding('identity')], other],
    [[coding('chunked;x')], chunked], [[coding('"chunked"')], chunked],
    [[coding('')], chunked], [[coding('\x0bchunked')], chunked],
    [[length(`+${n}`)], other], [[length(`-${n}`)], other],
    [[length(`${n}, ${n}`)], other], [[length(`${n},`)], other],
    [[length(`0x${Number(n).toString(16)}`)], other],
    [[length(`${n}.0`)], other], [[length(`${n}e0`)], other],
    [[length(`${n} ${n}`)], other], [[length('')], other],
    [[length('18446744073709551616')], other],
    [[length('99999999999999999999999')], other], [[length('-1')], other],
    [[coding('chunked')], `ffffffffffffffff1\r\n${other}\r\n0\r\n\r\n`],
    [[coding('chunked')], `-1\r\n${other}\r\n0\r\n\r\n`],
    [[coding('chunked')], `0x5\r\n${other}\r\n0\r\n\r\n`],
    [[coding('chunked')], `g\r\n${other}\r\n0\r\n\r\n`],
    [[], other],
  ])
    await refused(JSON.stringify(lines) + sent.slice(0, 20), request(POST,
      [['Host', d.authority], ['Content-Type', PLAIN], ...lines,
        ...fields(thief, other)], sent));
});

test('a field that is folded, cut or joined on the way is not that field',
  async () => {
    const raw = (alter) => {
      const lines = [...head(other), ...fields(thief, other)];
      return Buffer.from(`${POST}\r\n${lines.map(([n, v]) =>
        alter(n, v)).join('\r\n')}\r\n\r\n${other}`, 'latin1');
    };
    for (const name of ['Host', ...SIGNED]) {
      const only = (alter) => raw((n, v) => n === name ? alter(n, v)
        : `${n}: ${v}`);
      for (const [what, bytes] of [
        ['folded with a space', only((n, v) => `${n}:\r\n ${v}`)],
        ['folded with a tab', only((n, v) => `${n}:\r\n\t${v}`)],
        ['folded in its middle', only((n, v) => `${n}: ${v.slice(0, 5)}\r\n ${
          v.slice(5)}`)],
        ['a space before the colon', only((n, v) => `${n} : ${v}`)],
        ['a tab before the colon', only((n, v) => `${n}\t: ${v}`)],
        ['a space before the name', only((n, v) => ` ${n}: ${v}`)],
        ['a NUL in it', only((n, v) => `${n}: ${v.slice(0, 5)}\0${
          v.slice(5)}`)],
        ['a NUL behind it', only((n, v) => `${n}: ${v}\0`)],
        ['a bare CR in it', only((n, v) => `${n}: ${v.slice(0, 5)}\r${
          v.slice(5)}`)],
        ['a DEL in it', only((n, v) => `${n}: ${v}\x7f`)],
        ['no colon', only((n, v) => `${n} ${v}`)],
      ])
        await refused(`${name}, ${what}`, bytes);
    }
  });

test('what comes behind a body is a request of its own, or nothing',
  async () => {
    // fields in a chunked body's trailer are none
    const late = fields(thief, other).map((l) => l.join(': ')).join('\r\n');
    await refused('signed in the trailer', request(POST, [['Host',
      d.authority], ['Content-Type', PLAIN], ['Transfer-Encoding', 'chunked'],
    ['Trailer', SIGNED.join(', ')]], `${Buffer.byteLength(other).toString(16)
    }\r\n${other}\r\n0\r\n${late}\r\n\r\n`), 'unsigned', 'http');
    // a chunk's extension is no byte of the body
    await refused('signed with the extension', request(POST, [['Host',
      d.authority], ['Content-Type', PLAIN], ['Transfer-Encoding', 'chunked'],
    ...fields(thief, `${other};x=y`)],
    `${Buffer.byteLength(other).toString(16)};x=y\r\n${other}\r\n0\r\n\r\n`),
    'digest', 'http');
    // a length that ends before the body: the rest is read as a request
    const hidden = request(`POST ${PATH} HTTP/1.1`, head(other), other);
    await refused('a request in a body', request(POST, [['Host', d.authority],
      ['Content-Type', PLAIN], ['Content-Length', '2'],
      ...fields(thief, other)], Buffer.concat([Buffer.from('{}'), hidden])),
    'digest');
  });

test('nobody else was read, and the same processes run', async () => {
  assert.deepEqual(await d.call('pids'), pids);
  assert.deepEqual(await d.call('read_by',
    `site:${d.site('optician', 0).site}`), [[own.amc, own.ref]]);
  assert.deepEqual(await d.call('read_by',
    `site:${d.site('optician', 1).site}`), []);
  const done = d.ecluse('journal', 'verify', d.dir, '--entries');
  assert.equal(done.status, 0, done.out + done.err);
  // all of it was refused for its form: the same question would be answered
  assert.deepEqual(await said(whole(other, fields(thief, other))),
    [200, undefined]);
});
