// SPDX-License-Identifier: Apache-2.0
// Questions made by hand, each part of them replaceable: what an attacker
// with a key, or with something captured, can send. Written from docs/api.md.
import { randomBytes, sign } from 'node:crypto';
import { digestOf, keyIdOf } from '../strangers/signing.mjs';
import { exchange, request } from './wire.mjs';

export const PATH = '/fhir/CoverageEligibilityRequest';
export const PLAIN = 'application/fhir+json';
export const SEALED = 'application/ecluse-sealed';
const OURS = 'https://ecluse.example';

const identifier = (system, value) => ({ identifier: { system, value } });
const coding = (system, code) =>
  ({ coding: [{ system: `${OURS}/fhir/CodeSystem/${system}`, code }] });

function coverageOf(q) {
  const c = { resourceType: 'Coverage', id: 'c', status: 'active',
    beneficiary: { reference: '#p' },
    payor: [identifier(`${OURS}/id/amc`, q.amc)] };
  if (q.card)
    c.identifier = [{ system: `${OURS}/id/card`, value: q.card }];
  if (q.member)
    c.subscriberId = q.member;
  if (q.nir)
    c.subscriber = identifier('urn:oid:1.2.250.1.213.1.4.8', q.nir);
  if (q.rank)
    c.dependent = q.rank;
  const classes = ['convention', 'csr'].filter((name) => q[name])
    .map((name) => ({ type: coding('coverage-class', name),
      value: q[name] }));
  if (classes.length)
    c.class = classes;
  return c;
}

/** As a date where it is one, else as the carte Vitale has it. */
function putBirth(patient, birth) {
  const date = birth.replace(/^(....)(..)(..)$/, '$1-$2-$3');
  const ms = Date.parse(date);
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date))
    patient.birthDate = date;
  else
    patient.extension = [{ url:
      `${OURS}/fhir/StructureDefinition/birth-date-vitale`,
    valueString: birth }];
}

/** A CoverageEligibilityRequest about one person. */
export function question(q) {
  const patient = { resourceType: 'Patient', id: 'p' };
  if (q.birth)
    putBirth(patient, q.birth);
  const r = { resourceType: 'CoverageEligibilityRequest',
    contained: [patient, coverageOf(q)], status: 'active',
    purpose: ['validation', 'benefits'], patient: { reference: '#p' },
    servicedDate: q.date ?? '2026-11-23', created: '2026-11-23',
    insurer: identifier(`${OURS}/id/amc`, q.amc),
    insurance: [{ focal: true, coverage: { reference: '#c' } }],
    item: [{ category: coding('domain', q.domain ?? 'OPTI') }] };
  if (q.site)
    r.provider = identifier(`${OURS}/id/site`, q.site);
  if (q.rpps)
    r.enterer = identifier('https://rpps.esante.gouv.fr', q.rpps);
  return r;
}

/** What names a person of the population: card, member or nir. */
export function naming(d, person, how = 'member') {
  if (how === 'card')
    return { amc: person.amc, card: d.card(person) };
  return { amc: person.amc, [how]: person[how], birth: person.birth,
    rank: person.rank };
}

export const nonce = () => randomBytes(16).toString('base64url');

const alg = (key) => key.asymmetricKeyType === 'ed25519' ? 'ed25519'
  : 'ecdsa-p256-sha256';

function makeSignature(key, base) {
  return key.asymmetricKeyType === 'ed25519' ? sign(null, base, key)
    : sign('sha256', base, { key, dsaEncoding: 'ieee-p1363' });
}

/** Signature parameters, in the order of the profile; undefined drops one. */
function paramsOf(key, at, change) {
  const values = { created: Math.floor(at / 1000),
    expires: Math.floor(at / 1000) + 30, nonce: nonce(),
    keyid: keyIdOf(key), alg: alg(key), tag: 'ecluse-v1', ...change };
  return Object.entries(values).filter(([, v]) => v !== undefined)
    .map(([n, v]) => `;${n}=${typeof v === 'number' ? v : `"${v}"`}`)
    .join('');
}

const LIST = ['@method', '@authority', '@path', 'content-digest'];

/**
 * The three fields of a signed question. what: { method, authority, path,
 * body }; change: digest, covered (names), values (of names), params
 * (created, nonce, ...), label, text (of the whole Signature-Input).
 */
export function fieldsOf(d, key, what, change = {}) {
  const { method = 'POST', authority = d.authority, path = PATH } = what;
  const digest = change.digest ?? digestOf(what.body);
  const label = change.label ?? 'ecluse';
  const values = { '@method': method, '@authority': authority,
    '@path': path, 'content-digest': digest, ...change.values };
  const covered = change.covered ?? LIST;
  const params = `(${covered.map((n) => `"${n}"`).join(' ')})` +
    paramsOf(key, d.now().getTime(), change.params);
  const base = [...covered.map((n) => `"${n}": ${values[n]}`),
    `"@signature-params": ${params}`].join('\n');
  const bytes = makeSignature(key, Buffer.from(base)).toString('base64');
  return [['Content-Digest', digest],
    ['Signature-Input', `${label}=${params}`],
    ['Signature', `${label}=:${bytes}:`]];
}

/** All header lines of a question. */
export const linesOf = (d, body, signature, type = PLAIN) => [
  ['Host', d.authority], ['Content-Type', type],
  ['Content-Length', String(Buffer.byteLength(body))], ...signature];

/** The bytes of a signed question, as practice software sends it. */
export function questionBytes(d, key, body, change = {}, type = PLAIN) {
  const signature = fieldsOf(d, key, { body }, change);
  return request(`POST ${PATH} HTTP/1.1`, linesOf(d, body, signature, type),
    body);
}

/** Signs, sends, and gives the answer. */
export const ask = (d, key, body, change, type) =>
  exchange(d, questionBytes(d, key, body, change, type));

export const text = (q) => JSON.stringify(question(q));
