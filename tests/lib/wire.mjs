// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over TLS as an attacker speaks it: exactly the bytes that it is
// told, one answer read to its last byte.
import { connect } from 'node:tls';

const BOUND_MS = 60000;	// nothing here takes as long; a hang is a failure

export class Answer {
  constructor(status, lines, body) {
    Object.assign(this, { status, lines, body });
  }

  /** The field's value, undefined if absent, an array if it came twice. */
  field(name) {
    const found = this.lines.filter(([n]) => n === name.toLowerCase())
      .map(([, value]) => value);
    return found.length > 1 ? found : found[0];
  }

  /** As fetch and http-message-signatures want them. */
  get headers() { return Object.fromEntries(this.lines); }

  get resource() { return JSON.parse(this.body); }

  /** Our code of an OperationOutcome. */
  get code() {
    return this.resource.issue?.[0]?.details?.coding?.[0]?.code;
  }
}

function parse(data, head) {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0)
    return null;
  const [first, ...lines] = data.subarray(0, end).toString('latin1')
    .split('\r\n');
  const fields = lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
  const answer = new Answer(Number(first.split(' ')[1]), fields);
  const length = head || answer.status === 100 ? 0
    : Number(answer.field('content-length') ?? 0);
  const body = data.subarray(end + 4);
  if (body.length < length)
    return null;
  answer.body = body.subarray(0, length);
  answer.rest = data.subarray(end + 4 + length);
  return answer;
}

/** An open connection: say() sends bytes and reads one answer, null if the
 *  server hangs up without one. */
export class Wire {
  static async open(d, { cert, key } = {}) {
    const w = new Wire();
    w.data = Buffer.alloc(0);
    w.socket = connect({ host: '127.0.0.1', port: d.port, ca: d.caText,
      servername: 'localhost', cert, key });
    w.socket.setTimeout(BOUND_MS, () => w.socket.destroy());
    w.socket.on('error', () => { w.over = true; });
    w.socket.on('close', () => { w.over = true; w.wake?.(); });
    w.socket.on('data', (part) => {
      w.data = Buffer.concat([w.data, part]);
      w.wake?.();
    });
    await new Promise((done) => {
      w.wake = done;
      w.socket.once('secureConnect', done);
    });
    return w;
  }

  /** head: the answer to a HEAD has no body, whatever its length says. */
  async read({ head = false } = {}) {
    for (;;) {
      const answer = parse(this.data, head);
      if (answer) {
        this.data = answer.rest;
        return answer;
      }
      if (this.over)
        return null;
      await new Promise((done) => { this.wake = done; });
    }
  }

  say(bytes, how) {
    this.socket.write(bytes);
    return this.read(how);
  }

  close() { this.socket.destroy(); }
}

/** One question on a connection of its own. */
export async function exchange(d, bytes, certificate) {
  const w = await Wire.open(d, certificate);
  const answer = await w.say(bytes);
  w.close();
  return answer;
}

/** The bytes of a request; fields: [name, value] pairs, as they are sent. */
export const request = (first, fields, body = '') => Buffer.concat([
  Buffer.from([first, ...fields.map(([n, v]) => `${n}: ${v}`), '', '']
    .join('\r\n'), 'latin1'), Buffer.from(body)]);
