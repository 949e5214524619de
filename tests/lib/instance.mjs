// SPDX-License-Identifier: Apache-2.0
// A live drill instance with invented people, for Node tests: started by
// tests/lib/drill_cli.py, gone when the test closes it or dies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const BUILD = process.env.ECLUSE_BUILD ?? join(ROOT, 'build');
const PYTHON = '/usr/bin/python3';
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** The population's tables: semicolons, no quotes. */
function rows(path) {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
    .map((line) => line.split(';'));
  return lines.map((line) =>
    Object.fromEntries(head.map((name, i) => [name, line[i]])));
}

export const ed25519 = (bytes) => createPublicKey({
  key: Buffer.concat([SPKI_ED25519, bytes]), format: 'der', type: 'spki' });

/** What an installation pins (src/api/pin.h). */
function readPin(path) {
  const text = readFileSync(path, 'utf8');
  const word = (name) => text.match(new RegExp(`^${name} (.*)$`, 'm'))[1];
  const bytes = (name) => Buffer.from(word(name), 'base64url');
  return { origin: word('origin'), vkey: word('vkey'), url: word('url'),
    answer: ed25519(bytes('answer')), promise: ed25519(bytes('promise')),
    sealing: bytes('sealing') };
}

const RECORD = 888, HEAD = 40, LEAF = 192;

export class Instance {
  #child; #lines; #offset;

  static async start({ members = 1500, insurers = 3, seed = 1, conf = {} }
    = {}) {
    const d = new Instance();
    // a loaded machine is no answer
    const settings = Object.entries({ 'vault.timeout-ms': 3000, ...conf })
      .map(([k, v]) => `${k}=${v}`);
    d.#child = spawn(PYTHON, [join(HERE, 'drill_cli.py'), '--members', members,
      '--insurers', insurers, '--seed', seed, ...settings].map(String),
    { stdio: ['pipe', 'pipe', 'inherit'] });
    d.#lines = createInterface({ input: d.#child.stdout })[
      Symbol.asyncIterator]();
    const { value, done } = await d.#lines.next();
    if (done)
      throw new Error('the instance did not start');
    Object.assign(d, JSON.parse(value));
    d.authority = new URL(d.url).host;
    d.port = Number(new URL(d.url).port);
    d.caText = readFileSync(d.ca);
    d.pinned = readPin(d.pin);
    d.learnTime();
    d.#readPeople();
    return d;
  }

  #readPeople() {
    const table = (name) => rows(join(this.population, name));
    this.people = table('people.csv');
    this.sites = table('sites.csv');
    this.insurers = table('insurers.csv');
    this.cards = new Map(table('cards.csv')
      .map((r) => [`${r.amc} ${r.ref}`, r.token]));
  }

  async call(name, ...args) {
    this.#child.stdin.write(JSON.stringify({ do: name, args }) + '\n');
    const { value, done } = await this.#lines.next();
    if (done)
      throw new Error(`${name}: the instance is gone`);
    const { result, error } = JSON.parse(value);
    if (error)
      throw new Error(`${name}: ${error}`);
    return result;
  }

  async close() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null)
      await new Promise((ended) => this.#child.once('exit', ended));
  }

  /** The operator's program: its exit status and what it said. */
  ecluse(...args) {
    const done = spawnSync(join(BUILD, 'ecluse'), args.map(String),
      { encoding: 'utf8' });
    return { status: done.status, out: done.stdout, err: done.stderr };
  }

  /** The service's time: a drill's clock is its own. */
  now() { return new Date(Date.now() + this.#offset); }

  learnTime() {
    const said = this.ecluse('clock', this.dir).out.match(/\d{4}-[\d:.TZ-]+/);
    this.#offset = Date.parse(said[0]) - Date.now();
  }

  async clock(when) {
    await this.call('clock', when.toISOString());
    this.learnTime();
  }

  site(profession, nth = 0) {
    return this.sites.filter((s) => s.profession === profession)[nth];
  }

  key(site) {
    return createPrivateKey(readFileSync(join(this.population, site.key)));
  }

  card(person) { return this.cards.get(`${person.amc} ${person.ref}`); }

  cardKey(amc) {
    return createPublicKey(createPrivateKey(readFileSync(
      join(this.population, 'insurers', amc, 'card.pem'))));
  }

  /** The journal's leaves, as they stand on the disk (docs/journal.md). */
  leaves() {
    const records = readFileSync(join(this.dir, 'keeper', 'journal',
      'seg-000000000000'));
    const found = [];
    for (let at = 0; records.toString('latin1', at, at + 4) === 'EJR1';
      at += RECORD)
      found.push(records.subarray(at + HEAD, at + HEAD + LEAF));
    return found;
  }

  /** Persons in force on a day, by what their book says of a domain. */
  persons(domain, covered = true, day = '2026-11-23') {
    return this.people.filter((p) =>
      p.from <= day && day <= (p.closed || p.to) &&
      p.domains.includes(`${domain}=`) === covered);
  }
}

export const KIND = { asked: 1, summary: 2, notDisclosed: 3, start: 4,
  stop: 5 };

/** What of a leaf these tests look at. */
export const readLeaf = (leaf) => ({ kind: leaf[1], plane: leaf[66],
  existed: leaf[72], decision: leaf[73], count: leaf.readUInt32BE(178),
  reason: leaf[182] });

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
