import { isUtf8 } from 'node:buffer';

export interface LineListener {
  /** One line without its end. */
  line(text: string): void;
  /** A line that is not UTF-8. */
  undecodable(): void;
  /** A line longer than the limit; told once, when the limit is passed. */
  tooLong(): void;
}

const newline = 0x0a;
const byteOrderMark = '\uFEFF';

/** Cuts a stream of bytes into lines. Of a line that passes the limit nothing is kept: the rest is dropped as it comes. */
export class LineReader {
  readonly #listener: LineListener;
  readonly #longestLine: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #dropping = false;

  constructor(longestLine: number, listener: LineListener) {
    this.#longestLine = longestLine;
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let start = 0;
    let end = chunk.indexOf(newline);
    while (end !== -1) {
      this.#add(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
      end = chunk.indexOf(newline, start);
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** The end of the stream ends its last line too. */
  end(): void {
    this.#finish();
  }

  #add(piece: Buffer): void {
    if (this.#dropping) return;
    this.#held += piece.length;
    if (this.#held <= this.#longestLine) {
      this.#pieces.push(piece);
      return;
    }
    this.#dropping = true;
    this.#pieces = [];
    this.#listener.tooLong();
  }

  #finish(): void {
    const pieces = this.#pieces;
    const isWhole = !this.#dropping;
    this.#pieces = [];
    this.#held = 0;
    this.#dropping = false;
    if (isWhole && pieces.length > 0) this.#decode(pieces);
  }

  #decode(pieces: Buffer[]): void {
    const [first] = pieces;
    const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    if (!isUtf8(bytes)) {
      this.#listener.undecodable();
      return;
    }
    const text = bytes.toString('utf8');
    // PowerShell puts a mark before what it pipes into a program.
    this.#listener.line(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  }
}
