// SPDX-License-Identifier: Apache-2.0
// Our code systems, value sets and naming systems. The codes of refusals are
// not here: they come from the tables of src/fhir/refusal.c and fault.c, and
// of src/upstream/refuse.c.
const HOME = 'https://ecluse.example/fhir';
const ID = 'https://ecluse.example/id';

// domain.md §2.4: seen on cards; the labels are ours.
const domains = [
  ['PHAR', 'Pharmacie'], ['MED', 'Médecins'],
  ['RLAX', 'Radiologie, laboratoires, auxiliaires'],
  ['SAGE', 'Sages-femmes'], ['AUXM', 'Auxiliaires médicaux'],
  ['EXTE', 'Soins externes à l\'hôpital'], ['CSTE', 'Centres de santé'],
  ['HOSP', 'Hospitalisation'], ['OPTI', 'Optique'],
  ['DESO', 'Soins dentaires'], ['DEPR', 'Prothèses dentaires'],
  ['AUDI', 'Audioprothèse'], ['TRAN', 'Transport sanitaire'],
  ['DIV', 'Autres produits et prestations'],
];

const classes = [
  ['convention', 'Type de convention (card)'],
  ['csr', 'Critère secondaire de routage (card)'],
];

const states = [
  ['covered', 'In force, domain covered'],
  ['not-covered', 'In force, domain not covered'],
  ['closed', 'Known person, no rights in force on the date of care'],
  ['other-route', 'In force, by another convention or CSR'],
  ['unknown', 'No such person here, or not in this insurer\'s cell'],
];

const circumstances = [
  ['class-a', 'Class A (100 % Santé), or class I of a hearing aid'],
  ['class-b', 'Class B, or class II of a hearing aid'],
  ['moderate', 'Moderate remainder (dental)'],
  ['optam', 'The doctor is in OPTAM'],
  ['not-optam', 'The doctor is not in OPTAM'],
  ['network', 'The professional is in the contract\'s network'],
  ['no-network', 'The professional is not in it'],
  ['off-pathway', 'Outside the pathway of care'],
];

const exemptions = [
  ['ald', 'Affection de longue durée'], ['maternity', 'Maternité'],
  ['at', 'Accident du travail'], ['c2s', 'C2S'],
  ['invalidity', 'Invalidité'], ['prevention', 'Prévention'],
  ['long-stay', 'From the 31st day in hospital'],
];

const sides = [['left', 'Left'], ['right', 'Right']];

const amounts = [
  ['submitted', 'Price'],
  ['mandatory', 'Mandatory insurance, before participations'],
  ['participation', 'Participation or franchise kept back'],
  ['benefit', 'The mutuelle'],
  ['other', 'Paid by an insurer before this one'],
  ['remainder', 'Left to the patient'],
];

export const codeSystems = (refusals) => [
  codeSystem('domain', 'Domains of care', 'As printed on cards. Insurers ' +
    'may use further codes.', domains, 'fragment'),
  codeSystem('coverage-class', 'Classes of a coverage',
    'What routes a question beside the AMC.', classes),
  codeSystem('answer-state', 'States of an answer', 'What a rights answer ' +
    'says.', states),
  codeSystem('act', 'Acts', 'Codes of data/rules/acts.csv, which has them ' +
    'all with their days.', [['G', 'Consultation of a general practitioner']],
  'fragment'),
  codeSystem('act-circumstance', 'Circumstances of an act', 'What an ' +
    'estimate depends on beside the act.', circumstances),
  codeSystem('exemption', 'Exemptions', 'Why the mandatory insurance pays ' +
    'more: data/rules/exemptions.csv.', exemptions, 'fragment'),
  codeSystem('side', 'Sides', 'The ear, or the eye.', sides),
  codeSystem('estimate-amount', 'Amounts of an estimate', 'submitted - ' +
    '(mandatory - participation) - benefit - other = remainder.', amounts),
  codeSystem('refusal', 'Refusals and faults', 'Why there is no answer, and ' +
    'what a body lacks. docs/states.md tells what to do.', refusals),
];

function codeSystem(id, title, description, codes, content = 'complete') {
  return {
    resourceType: 'CodeSystem', id, url: `${HOME}/CodeSystem/${id}`,
    version: '1.0.0', name: nameOf(id), title, status: 'active',
    publisher: 'Ecluse', description, caseSensitive: true,
    valueSet: `${HOME}/ValueSet/${id}`, content,
    concept: codes.map(([code, display]) => ({ code, display })),
  };
}

const nameOf = (id) =>
  id.split('-').map((w) => w[0].toUpperCase() + w.slice(1)).join('');

function valueSet(id, title, include) {
  return {
    resourceType: 'ValueSet', id, url: `${HOME}/ValueSet/${id}`,
    version: '1.0.0', name: nameOf(id), title, status: 'active',
    publisher: 'Ecluse', compose: { include: [include] },
  };
}

export const valueSets = [
  ...[['domain', 'Domains of care'],
    ['coverage-class', 'Classes of a coverage'],
    ['answer-state', 'States of an answer'],
    ['act', 'Acts'], ['act-circumstance', 'Circumstances of an act'],
    ['exemption', 'Exemptions'], ['side', 'Sides'],
    ['estimate-amount', 'Amounts of an estimate'],
    ['refusal', 'Refusals and faults']].map(([id, title]) =>
    valueSet(id, title, { system: `${HOME}/CodeSystem/${id}` })),
  valueSet('question-purpose', 'What a rights question may ask', {
    system: 'http://hl7.org/fhir/eligibilityrequest-purpose',
    concept: [{ code: 'benefits' }, { code: 'validation' }],
  }),
];

export const namingSystems = [
  ['amc', 'Number of a complementary insurer (AMC): 10 digits, zeros in ' +
    'front'],
  ['convention', 'Type de convention on the card'],
  ['csr', 'Critère secondaire de routage on the card'],
  ['member', 'Member number (numéro d\'adhérent), within one AMC'],
  ['card', 'Card token: TP1: and base45 of a COSE_Sign1'],
  ['ref', 'The insurer\'s own reference, encrypted by the insurer'],
  ['site', 'Billing number of a site (lieu d\'exercice)'],
  ['transaction', 'Origin of the journal, a slash, index of the entry'],
].map(([id, description]) => ({
  resourceType: 'NamingSystem', id,
  name: `Ecluse${nameOf(id)}`, status: 'active', kind: 'identifier',
  date: '2026-11-22', publisher: 'Ecluse', description,
  uniqueId: [{ type: 'uri', value: `${ID}/${id}`, preferred: true }],
}));
