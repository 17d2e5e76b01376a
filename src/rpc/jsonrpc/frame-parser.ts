import { endsInHeader, findHeader, headerTail, lastBytes } from './find-header.ts';
import { type FrameProblem, findBadLine, longestHeader, readHeader } from './header.ts';

export interface FrameListener {
  /** A whole body. Returns false when it is not JSON: its length may then have been wrong. */
  frame(body: Buffer): boolean;
  problem(problem: FrameProblem): void;
}

type State =
  | { readonly in: 'header'; readonly pending: Buffer }
  | { readonly in: 'body'; readonly length: number; readonly pieces: Buffer[]; received: number }
  | { readonly in: 'lost'; tail: Buffer; silentBytes: number; garbage: boolean };

const nothing = Buffer.alloc(0);
const newline = 10;
/** Of UTF-8. Windows PowerShell 5.1 sends one before all else. */
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Takes `Content-Length` frames out of a stream of bytes. A broken frame is reported once, and reading goes on at the
 * next thing that looks like a header; memory stays below the longest body however much is thrown away.
 */
export class FrameParser {
  readonly #listener: FrameListener;
  #state: State = { in: 'header', pending: nothing };
  #begun = false;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    if (this.#state.in === 'lost') this.#noticeNewGarbage(this.#state, chunk);
    let rest = chunk;
    while (rest.length > 0) rest = this.#step(rest);
  }

  /** Reports a frame that the end of the stream has cut off. */
  end(): void {
    const state = this.#state;
    const cut = state.in === 'body' || (state.in === 'header' && state.pending.toString('latin1').trim() !== '');
    this.#state = { in: 'header', pending: nothing };
    if (cut) this.#listener.problem({ message: 'The input ended inside a message.' });
  }

  /** Takes some of the bytes and returns those that are left. */
  #step(bytes: Buffer): Buffer {
    const state = this.#state;
    if (state.in === 'header') return this.#readHeader(state.pending, bytes);
    if (state.in === 'body') return this.#readBody(state, bytes);
    return this.#seekHeader(state, bytes);
  }

  #readHeader(pending: Buffer, bytes: Buffer): Buffer {
    const whole = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    if (!this.#begun && whole.length < byteOrderMark.length && byteOrderMark.indexOf(whole) === 0) {
      this.#state = { in: 'header', pending: whole };
      return nothing;
    }
    const isMarked = !this.#begun && byteOrderMark.equals(whole.subarray(0, byteOrderMark.length));
    this.#begun = true;
    const joined = isMarked ? whole.subarray(byteOrderMark.length) : whole;
    const data = joined.subarray(countBlank(joined));
    const text = data.toString('latin1', 0, longestHeader);
    const end = /\r?\n\r?\n/.exec(text);
    const badLine = findBadLine(end === null ? text : `${text.slice(0, end.index)}\n`);
    if (badLine !== undefined) {
      return this.#lose({ message: 'A Content-Length header was expected.' }, data.subarray(badLine), true);
    }
    if (end === null) {
      if (text.length < longestHeader) {
        this.#state = { in: 'header', pending: data };
        return nothing;
      }
      return this.#lose({ message: 'The header is too long.' }, data.subarray(longestHeader - headerTail), true);
    }
    const header = data.subarray(0, end.index + end[0].length);
    const rest = data.subarray(header.length);
    const length = readHeader(text.slice(0, end.index));
    if (typeof length === 'object') {
      // Garbage without an end of line of its own makes one field name with the header behind it.
      const hidden = findHeader(header);
      return hidden > 0 && header[hidden - 1] !== newline
        ? this.#lose(length, data.subarray(hidden), true)
        : this.#lose(length, rest, false);
    }
    this.#state = { in: 'body', length, pieces: [], received: 0 };
    // A body of no bytes is complete although nothing follows.
    return length === 0 ? this.#readBody(this.#state, rest) : rest;
  }

  #readBody(state: Extract<State, { in: 'body' }>, bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, state.length - state.received);
    const rest = bytes.subarray(piece.length);
    if (state.received + piece.length < state.length) {
      const before = lastBytes(state.pieces.at(-1) ?? nothing);
      const data = Buffer.concat([before, piece]);
      const header = findHeader(data);
      if (header !== -1) {
        this.#state = { in: 'header', pending: nothing };
        this.#listener.problem({ message: 'The message ended before its Content-Length.' });
        return data.subarray(header);
      }
      state.pieces.push(piece);
      state.received += piece.length;
      return nothing;
    }
    const body = state.pieces.length === 0 ? piece : Buffer.concat([...state.pieces, piece]);
    this.#state = { in: 'header', pending: nothing };
    return this.#listener.frame(body) ? rest : this.#recover(body, rest);
  }

  /** After a body that is not JSON: its announced length may have been too long or too short. */
  #recover(body: Buffer, rest: Buffer): Buffer {
    const header = findHeader(body);
    if (header !== -1) return Buffer.concat([body.subarray(header), rest]);
    const cutShort = rest.length > 0 && !/^[A-Za-z\r\n]/.test(rest.toString('latin1', 0, 1));
    if (cutShort || endsInHeader(body)) {
      this.#state = { in: 'lost', tail: lastBytes(body), silentBytes: 0, garbage: true };
    }
    return rest;
  }

  #lose(problem: FrameProblem, rest: Buffer, garbage: boolean): Buffer {
    this.#state = { in: 'lost', tail: nothing, silentBytes: problem.tooLong ?? 0, garbage };
    this.#listener.problem(problem);
    return rest;
  }

  #seekHeader(state: Extract<State, { in: 'lost' }>, bytes: Buffer): Buffer {
    const data = state.tail.length === 0 ? bytes : Buffer.concat([state.tail, bytes]);
    const header = findHeader(data);
    if (header !== -1) {
      this.#state = { in: 'header', pending: nothing };
      return data.subarray(header);
    }
    // A copy, so that a few bytes do not keep the whole chunk alive.
    state.tail = Buffer.from(lastBytes(data));
    state.silentBytes = Math.max(0, state.silentBytes - bytes.length);
    state.garbage ||= countBlank(bytes) < bytes.length;
    return nothing;
  }

  /** Whoever writes a fresh line that is no header, after the one already reported, waits for an answer to it, too. */
  #noticeNewGarbage(state: Extract<State, { in: 'lost' }>, chunk: Buffer): void {
    const fresh = state.garbage && state.silentBytes === 0 && state.tail.at(-1) === newline;
    const start = chunk.subarray(countBlank(chunk)).toString('latin1', 0, 'content-'.length).toLowerCase();
    if (fresh && !'content-'.startsWith(start)) {
      this.#listener.problem({ message: 'A Content-Length header was expected.' });
    }
  }
}

function countBlank(bytes: Buffer): number {
  let count = 0;
  while (count < bytes.length && (bytes[count] === newline || bytes[count] === 13)) count++;
  return count;
}
