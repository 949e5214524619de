// SPDX-License-Identifier: Apache-2.0
// Where things are: the tree, the programs, the shared data.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const BUILD = process.env.ECLUSE_BUILD ?? join(ROOT, 'build');
const PAS = join(ROOT, '..', 'shared', 'data', 'fhir-pas-2.0.1');

export const json = (path) => JSON.parse(readFileSync(join(ROOT, path)));
export const tool = (name) => join(BUILD, 'tests', 'tools', `test_${name}`);

/** Lines of JSON that one of the test programs prints. */
export function lines(name, ...args) {
  return execFileSync(tool(name), args, { maxBuffer: 1 << 26 })
    .toString().trimEnd().split('\n').map((line) => JSON.parse(line));
}

/** Resources of a folder of fhir/, as [file name, resource]. */
export const folder = (name) => readdirSync(join(ROOT, 'fhir', name)).sort()
  .map((file) => [file, json(`fhir/${name}/${file}`)]);

/** Paths of the published PAS examples, none where they are not at hand. */
export const published = () => existsSync(PAS)
  ? readdirSync(PAS).filter((f) => f.endsWith('.json')).sort()
    .map((f) => join(PAS, f))
  : [];
