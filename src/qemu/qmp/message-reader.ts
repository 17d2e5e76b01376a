import { Fault } from '../../errors/fault.ts';

export type QmpMessage = Readonly<Record<string, unknown>>;

const newline = 0x0a;
const remedy = 'Start the machine again; when that happens every time, install QEMU again.';
const defaultLimit = 16 * 1024 * 1024;

/** Cuts the bytes of a QMP channel into messages: one JSON object per line. Keeps at most one unfinished line. */
export class MessageReader {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(limitBytes = defaultLimit) {
    this.#limit = limitBytes;
  }

  /** The messages that these bytes complete. Throws a `host_fault` on anything that is not QMP. */
  push(chunk: Buffer): QmpMessage[] {
    const messages: QmpMessage[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const message = this.#finish(chunk.subarray(start, end));
      if (message) messages.push(message);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return messages;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > this.#limit) {
      throw new Fault('host_fault', `QEMU sent a message of more than ${this.#limit} bytes on its control channel.`, {
        remedy,
      });
    }
  }

  #finish(piece: Buffer): QmpMessage | undefined {
    this.#keep(piece);
    const line = Buffer.concat(this.#pieces).toString('utf8').trim();
    this.#pieces = [];
    this.#length = 0;
    if (line === '') return undefined;
    const raw = parse(line);
    if (isMessage(raw)) return raw;
    throw new Fault('host_fault', 'QEMU sent something on its control channel that is not a message.', {
      remedy,
      data: { received: line.slice(0, 200) },
    });
  }
}

export function isMessage(raw: unknown): raw is QmpMessage {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
