// SPDX-License-Identifier: Apache-2.0
// Goal: our JSON reader and JSON.parse agree over a corpus and its mutations,
// but for what docs/json.md says: names twice, half surrogate pairs, \u0000,
// and our limits. What both accept has the same content.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, folder, published, tool } from './here.mjs';

const SEED = 20240205;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** mulberry32: small, and the same everywhere. */
function generator(seed) {
  let a = seed >>> 0;
  return (n) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const MARKS = Buffer.from('{}[]",:\\u0dDeE+-.1tfn \n\x00\x80\xff', 'latin1');

function mutate(text, below) {
  const at = below(text.length || 1), n = 1 + below(6);
  const [head, tail] = [text.subarray(0, at), text.subarray(at + n)];
  switch (below(4)) {
    case 0: return Buffer.concat([head, Buffer.from([below(256)]),
      text.subarray(at + 1)]);
    case 1: {
      const mark = below(MARKS.length);
      return Buffer.concat([head, MARKS.subarray(mark, mark + 1),
        text.subarray(at + 1)]);
    }
    case 2: return Buffer.concat([head, tail]);
    default: return Buffer.concat([head, text.subarray(at, at + n),
      text.subarray(at)]);
  }
}

const small = [
  '{"a":[1,2.5,-0,1e5,true,false,null,"é\\u00e9\\ud83d\\ude00"],"b":{}}',
  '[[],{},"",0,-1,0.1,1E-2," \\"\\\\\\/\\b\\f\\n\\r\\t"]', '"x"', '1.5e+3',
  ' { "ab" : 1 , "ba" : { "ab" : [ ] } } ', 'null', '[1,[2,[3,[4]]]]',
].map((s) => Buffer.from(s));

function corpus() {
  const below = generator(SEED);
  const files = [...folder('examples').map(([file]) =>
    join(ROOT, 'fhir/examples', file)), ...published()];
  const texts = [...small, ...files.map((f) => readFileSync(f))];
  const all = [...texts];
  for (const text of texts)
    for (let i = 0; i < (text.length < 200 ? 1000 : 40); i++) {
      let altered = text;
      for (let k = 0; k <= below(3); k++)
        altered = mutate(altered, below);
      all.push(altered.subarray(0, 65536));
    }
  return all;
}

function verdicts(texts) {
  const input = Buffer.concat(texts.flatMap((text) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(text.length);
    return [head, text];
  }));
  const out = execFileSync(tool('json_verdict'),
    { input, maxBuffer: 1 << 29 });
  const lines = out.toString('utf8').split('\n');
  lines.pop();
  return lines;
}

function theirs(text) {
  try {
    return { value: JSON.parse(strict.decode(text)) };
  } catch {
    return undefined;
  }
}

const escapesOnlyTheyTake = /\\u0000|\\u[dD][89a-fA-F]/;

test('our reader and JSON.parse agree', (t) => {
  const texts = corpus();
  const said = verdicts(texts);
  assert.equal(said.length, texts.length);
  const counts = { good: 0, bad: 0, twice: 0, limit: 0, escape: 0 };
  texts.forEach((text, i) => {
    const them = theirs(text), us = said[i];
    if (us === 'limit' || us === 'twice') {
      counts[us]++;
    } else if (us === 'shape') {
      if (them) {
        assert.match(text.toString('latin1'), escapesOnlyTheyTake);
        counts.escape++;
      } else {
        counts.bad++;
      }
    } else {
      assert.ok(them, `only we accept: ${text}`);
      assert.deepEqual(JSON.parse(us.slice(3)), them.value);
      counts.good++;
    }
  });
  t.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}`);
  assert.ok(counts.good > 500 && counts.bad > 2000);
});
