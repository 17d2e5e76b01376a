import { Fault } from '../../errors/fault.ts';
import { isMessage, type QmpMessage } from '../qmp/message-reader.ts';

/** Begins the answer to `guest-sync-delimited`; JSON in UTF-8 never contains it. */
export const delimiter = 0xff;
const newline = 0x0a;
const defaultLimit = 8 * 1024 * 1024;

/**
 * Cuts the bytes of an agent's channel into messages, one JSON object a line. Drops whatever comes before the first
 * delimiter, and at each delimiter what was left unfinished before it: both belong to a connection that is over.
 * Keeps at most one unfinished line, up to `limit` bytes.
 */
export class ReplyReader {
  limit = defaultLimit;
  #pieces: Buffer[] = [];
  #length = 0;
  #delimited = false;

  /** The messages that these bytes complete; `undefined` stands for a line that is none. Fault: `failed` (line too long). */
  push(chunk: Buffer): (QmpMessage | undefined)[] {
    const messages: (QmpMessage | undefined)[] = [];
    // Only one answer with a delimiter is ever waited for, and it comes last: what is before the last one is over.
    const at = chunk.lastIndexOf(delimiter);
    if (at !== -1) {
      this.#clear();
      this.#delimited = true;
    }
    this.#takeLines(chunk.subarray(at + 1), messages);
    return messages;
  }

  #takeLines(bytes: Buffer, messages: (QmpMessage | undefined)[]): void {
    if (!this.#delimited) return;
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#keep(bytes.subarray(start, end));
      const line = Buffer.concat(this.#pieces).toString('utf8').trim();
      this.#clear();
      if (line !== '') messages.push(parse(line));
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.limit) {
      this.#clear();
      throw new Fault('failed', `The guest agent sent an answer of more than ${this.limit} bytes.`, {
        remedy: 'Ask for less at a time; restart the agent in the guest when this was a small request.',
      });
    }
    if (piece.length > 0) this.#pieces.push(piece);
  }

  #clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

function parse(line: string): QmpMessage | undefined {
  try {
    const raw: unknown = JSON.parse(line);
    return isMessage(raw) ? raw : undefined;
  } catch {
    return undefined;
  }
}
