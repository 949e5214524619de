// SPDX-License-Identifier: Apache-2.0
// Our profiles and extensions, as differences to FHIR R4. src/fhir/request.h
// reads what the first three say; src/rights/answer.h and src/fhir/extension.h
// write what the fourth says.
const HOME = 'https://ecluse.example/fhir';
const ID = 'https://ecluse.example/id';
const FINESS = 'https://finess.esante.gouv.fr';
const one = { min: 1, max: '1' };
const none = { max: '0' };

const q = (path) => `CoverageEligibilityRequest.${path}`;
const c = (path) => `Coverage.${path}`;
const a = (path) => `CoverageEligibilityResponse.${path}`;

/** A slice of an extension element. Its url is said in place too: validators
 *  tell slices apart by it without looking into the extension's definition. */
function extension(path, id, constraints) {
  const url = `${HOME}/StructureDefinition/${id}`;
  return {
    [path]: { max: '1', ...constraints,
      type: [{ code: 'Extension', profile: [url] }] },
    [`${path}.url`]: { fixedUri: url },
  };
}

const slicedBy = (type, path, rules = 'open') =>
  ({ slicing: { discriminator: [{ type, path }], ordered: false, rules } });

const refused = {
  ...none,
  short: 'Refused: it would change the meaning of the question',
};

const question = {
  id: 'rights-question',
  type: 'CoverageEligibilityRequest',
  title: 'Rights question',
  description: 'Is this one person covered, for one domain, on one day? ' +
    'What the profile does not name (names, addresses, telecom, narrative, ' +
    'other contained resources) is dropped unread.',
  elements: {
    [q('implicitRules')]: refused,
    [q('contained')]: { min: 2,
      short: 'One rights-question-patient, one rights-question-coverage' },
    [q('modifierExtension')]: refused,
    [q('status')]: { patternCode: 'active' },
    [q('purpose')]: { max: '2', short: 'benefits | validation',
      binding: { strength: 'required',
        valueSet: `${HOME}/ValueSet/question-purpose` } },
    [q('patient.reference')]: { ...one,
      short: '# and the id of the contained Patient' },
    [q('serviced[x]')]: { ...one, type: [{ code: 'date' }],
      short: 'The day of care: three years back to one year ahead' },
    [q('enterer.identifier')]: {
      short: 'RPPS or IDNPS of who asks, if it is said' },
    [q('provider.identifier')]: {
      short: `The site: ${ID}/site (billing number) or ${FINESS}` },
    [q('insurer')]: { short: 'The AMC' },
    [q('insurer.identifier')]: one,
    [q('insurer.identifier.system')]: { ...one, fixedUri: `${ID}/amc` },
    [q('insurer.identifier.value')]: { ...one,
      short: '1 to 10 digits; zeros in front may be left out' },
    [q('insurance')]: one,
    [q('insurance.modifierExtension')]: refused,
    [q('insurance.coverage.reference')]: { ...one,
      short: '# and the id of the contained Coverage' },
    [q('item')]: one,
    [q('item.modifierExtension')]: refused,
    [q('item.category')]: { ...one,
      binding: { strength: 'extensible',
        valueSet: `${HOME}/ValueSet/domain` } },
    [q('item.category.coding')]: { min: 1, ...slicedBy('value', 'system') },
    [q('item.category.coding:domain')]: one,
    [q('item.category.coding:domain.system')]: { ...one,
      fixedUri: `${HOME}/CodeSystem/domain` },
    [q('item.category.coding:domain.code')]: { ...one,
      short: 'A domain of the asker\'s own profession' },
  },
};

const m = (path) => `Claim.${path}`;
const r = (path) => `ClaimResponse.${path}`;

/** A coding of ours among others, in a CodeableConcept. */
function coding(path, name, system, least = one) {
  return {
    [`${path}.coding`]: { min: least.min ?? 0, ...slicedBy('value', 'system') },
    [`${path}.coding:${name}`]: least,
    [`${path}.coding:${name}.system`]: { ...one,
      fixedUri: `${HOME}/CodeSystem/${system}` },
    [`${path}.coding:${name}.code`]: one,
  };
}

const estimateQuestion = {
  id: 'estimate-question',
  type: 'Claim',
  title: 'Question for an estimate',
  description: 'What would the mutuelle pay for these acts of this one ' +
    'person? What the profile does not name (diagnoses, care team, ' +
    'attachments, names) is dropped unread.',
  elements: {
    [m('implicitRules')]: refused,
    [m('contained')]: { min: 2,
      short: 'One rights-question-patient, one rights-question-coverage' },
    [m('extension')]: slicedBy('value', 'url'),
    ...extension(m('extension:regime'), 'regime'),
    ...extension(m('extension:zone'), 'zone'),
    [m('modifierExtension')]: refused,
    [m('status')]: { patternCode: 'active' },
    ...coding(m('type'), 'domain', 'domain'),
    [m('use')]: { patternCode: 'predetermination' },
    [m('patient.reference')]: { ...one,
      short: '# and the id of the contained Patient' },
    [m('insurer')]: { ...one, short: 'The AMC' },
    [m('insurer.identifier')]: one,
    [m('insurer.identifier.system')]: { ...one, fixedUri: `${ID}/amc` },
    [m('insurer.identifier.value')]: one,
    [m('insurance')]: one,
    [m('insurance.modifierExtension')]: refused,
    [m('insurance.coverage.reference')]: { ...one,
      short: '# and the id of the contained Coverage' },
    [m('item')]: { min: 1, max: '10' },
    [m('item.extension')]: slicedBy('value', 'url'),
    ...extension(m('item.extension:mandatory'), 'mandatory-share'),
    ...extension(m('item.extension:before'), 'paid-before'),
    [m('item.modifierExtension')]: refused,
    ...coding(m('item.productOrService'), 'act', 'act'),
    [m('item.serviced[x]')]: { type: [{ code: 'date' }],
      short: 'One day for all acts' },
    [m('item.unitPrice')]: one,
  },
};

const estimateAnswer = {
  id: 'estimate-answer',
  type: 'ClaimResponse',
  title: 'Estimate',
  description: 'What the mutuelle would pay, act by act, and why. It ' +
    'promises nothing and holds nobody: the transaction stands where FHIR ' +
    'wants a patient.',
  elements: {
    [r('text')]: none,
    [r('contained')]: none,
    [r('extension')]: slicedBy('value', 'url'),
    ...extension(r('extension:budgetLeft'), 'budget-left'),
    [r('status')]: { patternCode: 'active' },
    ...coding(r('type'), 'domain', 'domain'),
    [r('use')]: { patternCode: 'predetermination' },
    ...byTransaction(r('patient')),
    [r('insurer.identifier')]: one,
    [r('insurer.identifier.system')]: { ...one, fixedUri: `${ID}/amc` },
    [r('request')]: one,
    ...byTransaction(r('request')),
    [r('disposition')]: { ...one,
      short: 'French; English in HL7\'s translation extension' },
    [r('preAuthRef')]: none,
    [r('payment')]: none,
    [r('item')]: { max: '10', short: 'Only when covered' },
    [r('insurance')]: one,
    [r('insurance.extension')]: { min: 1, ...slicedBy('value', 'url') },
    ...extension(r('insurance.extension:state'), 'answer-state', one),
    ...extension(r('insurance.extension:flag'), 'estimate-flag',
      { max: '*' }),
    ...byTransaction(r('insurance.coverage')),
  },
};

const patient = {
  id: 'rights-question-patient',
  type: 'Patient',
  title: 'Person of a rights question',
  description: 'Contained in a rights question. Only the birth date is read.',
  elements: {
    'Patient.id': one,
    'Patient.implicitRules': refused,
    'Patient.extension': slicedBy('value', 'url'),
    ...extension('Patient.extension:birthDateVitale', 'birth-date-vitale', {
      short: 'A birth date that no calendar has, instead of birthDate' }),
    'Patient.modifierExtension': refused,
    'Patient.birthDate': {
      short: 'YYYY-MM-DD; not together with birth-date-vitale' },
  },
};

const coverage = {
  id: 'rights-question-coverage',
  type: 'Coverage',
  title: 'Card of a rights question',
  description: 'Contained in a rights question: what the card or the carte ' +
    'Vitale says. The person is named by the card token, or by subscriberId ' +
    'or subscriber.identifier with birth date and dependent.',
  elements: {
    'Coverage.id': one,
    'Coverage.implicitRules': refused,
    'Coverage.modifierExtension': refused,
    [c('identifier')]: slicedBy('value', 'system'),
    [c('identifier:card')]: { max: '1', short: 'The token on the card' },
    [c('identifier:card.system')]: { ...one, fixedUri: `${ID}/card` },
    [c('identifier:card.value')]: { ...one, short: 'TP1:...',
      maxLength: 1024 },
    [c('status')]: { patternCode: 'active' },
    [c('subscriber.identifier')]: { short: 'NIR of the opening insured: ' +
      'urn:oid:1.2.250.1.213.1.4.8 (NIR), .9 (NIA) or .10 (test); 13 or 15 ' +
      'characters' },
    [c('subscriberId')]: { short: 'Member number (numéro d\'adhérent)',
      maxLength: 20 },
    [c('beneficiary.reference')]: { ...one,
      short: 'The patient of the question' },
    [c('dependent')]: { short: 'Rank: 1 to 9', maxLength: 1 },
    [c('payor')]: one,
    [c('payor.identifier')]: one,
    [c('payor.identifier.system')]: { ...one, fixedUri: `${ID}/amc` },
    [c('payor.identifier.value')]: { ...one,
      short: 'The AMC of the question' },
    [c('class')]: slicedBy('pattern', 'type'),
    [c('class:convention')]: { max: '1', short: 'Type de convention' },
    [c('class:convention.type')]: classType('convention'),
    [c('class:convention.value')]: { maxLength: 8 },
    [c('class:csr')]: { max: '1', short: 'Critère secondaire de routage' },
    [c('class:csr.type')]: classType('csr'),
    [c('class:csr.value')]: { maxLength: 20 },
  },
};

function classType(code) {
  return { patternCodeableConcept: { coding: [
    { system: `${HOME}/CodeSystem/coverage-class`, code }] } };
}

/** A reference that names the transaction and nobody. */
function byTransaction(path) {
  return {
    [`${path}.reference`]: none,
    [`${path}.identifier`]: one,
    [`${path}.identifier.system`]: { ...one, fixedUri: `${ID}/transaction` },
    [`${path}.identifier.value`]: { ...one,
      short: 'Origin of the journal, a slash, index of the entry' },
    [`${path}.display`]: none,
  };
}

const answer = {
  id: 'rights-answer',
  type: 'CoverageEligibilityResponse',
  title: 'Rights answer',
  description: 'The least that billing this act needs. It never holds a ' +
    'name, a birth date, a NIR or a member number: the transaction stands ' +
    'where FHIR wants a patient.',
  elements: {
    [a('text')]: none,
    [a('contained')]: none,
    [a('extension')]: slicedBy('value', 'url'),
    ...extension(a('extension:budgetLeft'), 'budget-left'),
    ...extension(a('extension:promise'), 'promise',
      { short: 'Only when covered' }),
    ...extension(a('extension:promiseLine'), 'promise-line',
      { short: 'In a bundle, in the place of promise' }),
    [a('status')]: { patternCode: 'active' },
    ...byTransaction(a('patient')),
    [a('serviced[x]')]: { ...one, type: [{ code: 'date' }] },
    ...byTransaction(a('request')),
    [a('outcome')]: { patternCode: 'complete' },
    [a('disposition')]: { ...one,
      short: 'French; English in HL7\'s translation extension' },
    [a('insurer.identifier')]: one,
    [a('insurer.identifier.system')]: { ...one, fixedUri: `${ID}/amc` },
    [a('insurance')]: { min: 1, max: '2', short: 'In order of payment: the ' +
      'promise is the first one\'s' },
    [a('insurance.extension')]: { min: 1, ...slicedBy('value', 'url') },
    ...extension(a('insurance.extension:state'), 'answer-state', one),
    ...extension(a('insurance.extension:order'), 'insurer-order'),
    ...extension(a('insurance.extension:rightRoute'), 'right-route',
      { short: 'Only when other-route' }),
    ...byTransaction(a('insurance.coverage')),
    [a('insurance.inforce')]: one,
    [a('insurance.item')]: { max: '1', short: 'The asked domain' },
    [a('insurance.item.category')]: { ...one,
      binding: { strength: 'extensible',
        valueSet: `${HOME}/ValueSet/domain` } },
    [a('insurance.item.excluded')]: one,
    [a('insurance.item.benefit')]: { max: '1',
      short: 'Level of cover as the insurer says it, e.g. BR200' },
  },
};

/** An extension with one simple value. */
function simple(id, title, description, context, value) {
  const [type, constraints] = value;
  return { id, type: 'Extension', title, description, context, elements: {
    'Extension.extension': none,
    'Extension.url': { fixedUri: `${HOME}/StructureDefinition/${id}` },
    'Extension.value[x]': { ...one, type: [{ code: type }], ...constraints },
  } };
}

function part(name, short) {
  const id = `Extension.extension:${name}`;
  return {
    [id]: { ...one, short },
    [`${id}.extension`]: none,
    [`${id}.url`]: { fixedUri: name },
    [`${id}.value[x]`]: { ...one, type: [{ code: 'unsignedInt' }] },
  };
}

const budgetLeft = {
  id: 'budget-left',
  type: 'Extension',
  title: 'Budget left',
  description: 'How many distinct persons this key may still read within 24 ' +
    'hours. Asking again about a person already counted is free.',
  context: ['CoverageEligibilityResponse', 'ClaimResponse'],
  elements: {
    'Extension.extension': { min: 2, max: '2', ...slicedBy('value', 'url') },
    ...part('t24', 'Without a card'),
    ...part('c24', 'All readings, with and without a card'),
    'Extension.url': { fixedUri: `${HOME}/StructureDefinition/budget-left` },
    'Extension.value[x]': none,
  },
};

/** A part of one simple type that may be missing. */
function may(name, type, short) {
  const parts = part(name, short);
  parts[`Extension.extension:${name}`] = { min: 0, max: '1', short };
  parts[`Extension.extension:${name}.value[x]`] =
    { ...one, type: [{ code: type }] };
  return parts;
}

const rightRoute = {
  id: 'right-route',
  type: 'Extension',
  title: 'Right route',
  description: 'By which convention and CSR to ask about the day of care. In ' +
    'a refusal: what the directory has for this AMC, whoever the person is. ' +
    'In an answer: what this person\'s rights say.',
  context: ['OperationOutcome.issue', 'CoverageEligibilityResponse.insurance'],
  elements: {
    'Extension.extension': { min: 1, max: '6', ...slicedBy('value', 'url') },
    ...may('convention', 'string', 'Not there: all'),
    ...may('csr', 'string', 'Not there: all'),
    ...may('operator', 'string', 'Who answers'),
    ...may('address', 'url', 'Where that operator is asked'),
    ...may('start', 'date', 'First day'),
    ...may('end', 'date', 'Last day, if it is known'),
    'Extension.url': { fixedUri: `${HOME}/StructureDefinition/right-route` },
    'Extension.value[x]': none,
  },
};

const mandatoryShare = {
  id: 'mandatory-share',
  type: 'Extension',
  title: 'Share of the mandatory insurance',
  description: 'Of the whole line; what is left out comes from the rules.',
  context: ['Claim.item'],
  elements: {
    'Extension.extension': { min: 1, max: '3', ...slicedBy('value', 'url') },
    ...may('base', 'Money', 'Base of reimbursement'),
    ...may('amount', 'Money', 'Before participations'),
    ...may('participation', 'Money', 'Kept back'),
    'Extension.url':
      { fixedUri: `${HOME}/StructureDefinition/mandatory-share` },
    'Extension.value[x]': none,
  },
};

export const profiles = [
  question, patient, coverage, answer, estimateQuestion, estimateAnswer,
  budgetLeft, rightRoute, mandatoryShare,
  simple('paid-before', 'Paid before', 'What an insurer before this one ' +
    'has paid for the whole line.', ['Claim.item'], ['Money', {}]),
  simple('regime', 'Régime', 'general or alsace-moselle.', ['Claim'],
    ['code', {}]),
  simple('zone', 'Overseas zone', 'A zone of data/rules/bases.csv.',
    ['Claim'], ['code', {}]),
  simple('estimate-flag', 'Flag of an estimate', 'What the amounts rest on ' +
    '(docs/api.md).', ['ClaimResponse.insurance'], ['string', {}]),
  simple('promise', 'Promise to pay', 'A JWS (RFC 7515, compact, EdDSA) ' +
    'that a bill quotes and that is then paid.',
  ['CoverageEligibilityResponse'], ['string', {}]),
  simple('promise-line', 'A line\'s part of a bundle\'s promises', 'Place, ' +
    'claims, salt and path (docs/api.md): with the Bundle\'s promises it is ' +
    'checked alone.', ['CoverageEligibilityResponse'], ['string', {}]),
  simple('promises', 'Promises of a bundle', 'A JWS (RFC 7515, compact, ' +
    'EdDSA) over the root of the lines\' promises.', ['Bundle.meta'],
  ['string', {}]),
  simple('birth-date-vitale', 'Birth date as on the carte Vitale',
    'Eight digits YYYYMMDD whose month or day no calendar has (lunar dates, ' +
    'unknown month or day).', ['Patient'], ['string', { maxLength: 8 }]),
  simple('answer-state', 'State of the answer', 'What the answer says, as a ' +
    'code.', ['CoverageEligibilityResponse.insurance',
    'ClaimResponse.insurance'],
  ['code', { binding: { strength: 'required',
    valueSet: `${HOME}/ValueSet/answer-state` } }]),
  simple('insurer-order', 'Order of the insurer', 'Which one to bill for ' +
    'this person: 1 first. Not said by one that is alone here and the first.',
  ['CoverageEligibilityResponse.insurance'], ['positiveInt', {}]),
];
