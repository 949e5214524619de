// SPDX-License-Identifier: Apache-2.0
// Goal: everything we write is FHIR R4 and our own profiles for three
// validators nobody here wrote; the examples are read as the documents say;
// the definitions are what their tool makes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, BUILD, folder, json, lines, published } from './here.mjs';
import { medplum, objections } from './validators.mjs';

const written = lines('make_answers');
const ofKind = (kind) => written.filter((w) => w.kind === kind);
const accepted = (what, resource, profile) =>
  assert.deepEqual(objections(resource, profile), [], what);

test('every state of an answer is accepted, by its profile too', () => {
  assert.equal(ofKind('answer').length, 9);
  for (const { name, body } of ofKind('answer'))
    accepted(name, body, 'rights-answer');
});

test('every refusal and every fault is accepted', () => {
  const all = [...ofKind('refusal'), ...ofKind('fault')];
  assert.ok(all.length > 55);
  for (const { name, body } of all) {
    accepted(name, body);
    const [issue] = body.issue;
    assert.ok(issue.details.text.length > 20, name);
    assert.ok(issue.diagnostics.length > 20, name);
  }
  const names = all.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'a code stands twice');
});

test('what nginx and the gate refuse is accepted, with codes of ours', () => {
  const codes = new Set(json('fhir/CodeSystem/refusal.json').concept
    .map(({ code }) => code));
  assert.ok(ofKind('front').length > 20);
  for (const { name, body } of ofKind('front')) {
    accepted(name, body);
    assert.ok(codes.has(name), name);
  }
});

test('the capability statement is accepted', () => {
  for (const { name, body } of ofKind('metadata'))
    accepted(name, body);
});

test('our definitions are accepted', () => {
  for (const kind of ['StructureDefinition', 'CodeSystem', 'ValueSet',
    'NamingSystem'])
    for (const [file, resource] of folder(kind))
      accepted(file, resource);
});

test('every example is accepted', () => {
  for (const [file, resource] of folder('examples')) {
    const question = file.startsWith('question-');
    accepted(file, resource, question ? 'rights-question'
      : file.startsWith('answer-') ? 'rights-answer'
        : file.startsWith('estimate-') ? file.slice(0, -5) : undefined);
    if (!resource.contained)
      continue;
    const [patient, coverage] = resource.contained;
    accepted(file, patient, 'rights-question-patient');
    accepted(file, coverage, 'rights-question-coverage');
  }
});

const common = { amc: '0099123456', convention: 'SP', csr: 'C1',
  site: '0E2000123', rpps: '99900001238', purpose: 3, care_day: 20779 };
const nobody = { member: '', nir: '', birth: '', card: '', rank: 0 };
const card = json('fhir/examples/question-card.json').contained[1]
  .identifier[0].value;
const nir = '284060041200307';
const meant = {
  card: { ...common, ...nobody, card, domain: 'OPTI' },
  member: { ...common, ...nobody, member: '00412877', birth: '19840617',
    rank: 1, domain: 'OPTI' },
  nir: { ...common, ...nobody, nir, birth: '19840617', rank: 1,
    domain: 'PHAR', site: '0E3000456' },
  child: { ...common, ...nobody, nir, birth: '20150309', rank: 2,
    domain: 'MED', rpps: '' },
  lunar: { ...common, ...nobody, nir, birth: '19520000', rank: 1,
    domain: 'OPTI', purpose: 2 },
  all: { ...common, card, member: '00412877', nir, birth: '19840617',
    rank: 1, domain: 'OPTI' },
};

test('the examples of questions are read as meant', () => {
  for (const [name, question] of Object.entries(meant)) {
    const [read] = lines('make_answers',
      join(ROOT, `fhir/examples/question-${name}.json`));
    assert.equal(read.kind, 'question', name);
    assert.deepEqual(read.body, question, name);
  }
});

// An answer altered so that it tells too much, or too little.
const alterations = {
  'a reference to a patient': (r) => { r.patient.reference = 'Patient/1'; },
  'a name beside the transaction': (r) => { r.patient.display = 'X'; },
  'another system for the patient': (r) => {
    r.patient.identifier.system = 'urn:oid:1.2.250.1.213.1.4.8';
  },
  'a contained patient': (r) => {
    r.contained = [{ resourceType: 'Patient', id: 'p' }];
  },
  'a narrative': (r) => {
    r.text = { status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
  },
  'two domains': (r) => {
    r.insurance[0].item.push(structuredClone(r.insurance[0].item[0]));
  },
  'no state': (r) => { delete r.insurance[0].extension; },
  'no sentence': (r) => { delete r.disposition; delete r._disposition; },
  'another outcome': (r) => { r.outcome = 'error'; },
  'not said whether in force': (r) => { delete r.insurance[0].inforce; },
};

test('an answer that tells more or less is no answer of the profile', () => {
  const { body } = written.find((w) => w.name === 'covered');
  assert.deepEqual(medplum(body, 'rights-answer'), []);
  for (const [what, alter] of Object.entries(alterations)) {
    const altered = structuredClone(body);
    alter(altered);
    assert.notDeepEqual(medplum(altered, 'rights-answer'), [], what);
  }
});

const questionAlterations = {
  'two domains': (r) => { r.item.push(r.item[0]); },
  'another system for the AMC': (r) => {
    r.insurer.identifier.system = 'urn:x';
  },
  'no code of ours': (r) => { r.item[0].category.coding[0].system = 'urn:x'; },
  'a draft': (r) => { r.status = 'draft'; },
  'no date': (r) => { delete r.servicedDate; },
  'implicit rules': (r) => { r.implicitRules = 'urn:x'; },
  'no coverage': (r) => { delete r.insurance; },
};

test('what the profile of questions refuses, we refuse too', () => {
  const question = json('fhir/examples/question-all.json');
  const folderName = mkdtempSync(join(tmpdir(), 'questions-'));
  for (const [what, alter] of Object.entries(questionAlterations)) {
    const altered = structuredClone(question);
    alter(altered);
    assert.notDeepEqual(medplum(altered, 'rights-question'), [], what);
    const path = join(folderName, 'question.json');
    writeFileSync(path, JSON.stringify(altered));
    const [read] = lines('make_answers', path);
    assert.equal(read.kind, 'fault', what);
    accepted(what, read.body);
  }
  rmSync(folderName, { recursive: true });
});

test('no answer holds a person', () => {
  const forbidden = /"(name|birthDate|telecom|address|gender|subscriberId|reference|contained|display)":|1\.2\.250\.1\.213/;
  for (const { name, body } of written)
    if (name !== 'sealed' && name !== 'plain')
      assert.doesNotMatch(JSON.stringify(body), forbidden, name);
});

const estimateAlterations = {
  'a person': (r) => { r.patient.display = 'X'; },
  'a reference to a patient': (r) => { r.patient.reference = 'Patient/1'; },
  'a bill': (r) => { r.use = 'claim'; },
  'a payment': (r) => {
    r.payment = { type: { text: 'x' }, amount: { value: 1 } };
  },
  'no state': (r) => { r.insurance[0].extension = []; },
  'no domain': (r) => { r.type.coding.length = 1; },
  'no sentence': (r) => { delete r.disposition; delete r._disposition; },
};

test('an estimate that tells more or less is none of the profile', () => {
  const estimate = json('fhir/examples/estimate-answer.json');
  assert.deepEqual(medplum(estimate, 'estimate-answer'), []);
  for (const [what, alter] of Object.entries(estimateAlterations)) {
    const altered = structuredClone(estimate);
    alter(altered);
    assert.notDeepEqual(medplum(altered, 'estimate-answer'), [], what);
  }
});

test('refusals hold nothing of a question', () => {
  for (const { name, body } of ofKind('refusal')) {
    assert.deepEqual(Object.keys(body), ['resourceType', 'issue'], name);
    assert.deepEqual(Object.keys(body.issue[0]),
      ['severity', 'code', 'details', 'diagnostics'], name);
    assert.doesNotMatch(JSON.stringify(body), /transaction|journal\/|20\d\d-/,
      name);
  }
});

test('each published PAS example gets a reasoned refusal', (t) => {
  const files = published();
  if (files.length === 0)
    return t.skip('the shared examples are not at hand');
  const answers = lines('make_answers', ...files);
  assert.equal(answers.length, 39);
  answers.forEach((answer, i) => {
    assert.equal(answer.kind, 'fault', files[i]);
    assert.equal(answer.status, 422, files[i]);
    accepted(files[i], answer.body);
  });
});

test('fhir/ and docs/states.md are what their tool makes', () => {
  execFileSync(process.execPath,
    [join(ROOT, 'tools/fhir/build.mjs'), '--check'],
    { env: { ...process.env, ECLUSE_BUILD: BUILD }, stdio: 'pipe' });
});
