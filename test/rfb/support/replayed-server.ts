import { Duplex } from 'node:stream';

/**
 * The other end of a connection, which says what it has to say in pieces of those lengths, whatever it hears; what comes from
 * `held` on, once it is asked for an update.
 */
export function replay(
  bytes: Buffer,
  {
    lengths = [],
    held = bytes.length,
    ends = true,
  }: { lengths?: readonly number[]; held?: number | undefined; ends?: boolean } = {},
): Duplex & { heard(): Buffer } {
  const heard: Buffer[] = [];
  let [at, turn, asked] = [0, 0, false];
  const stream = new Duplex({
    read() {
      const end = asked ? bytes.length : held;
      if (at >= end) {
        if (at >= bytes.length && ends) this.push(null);
        return;
      }
      const length = Math.max(1, lengths.length === 0 ? end : (lengths[turn++ % lengths.length] ?? 1));
      const piece = bytes.subarray(at, Math.min(end, at + length));
      at += piece.length;
      // Later, as from a network; a copy, so that nobody relies on what lies next to it.
      setImmediate(() => this.push(Buffer.from(piece)));
    },
    write(chunk: Buffer, _encoding, done) {
      heard.push(chunk);
      // SetPixelFormat and SetEncodings, which may come in the same piece, have no such bytes.
      const asksFirst = !asked && Buffer.concat(heard).includes(Buffer.from([3, 0, 0, 0, 0, 0]));
      asked ||= asksFirst;
      if (asksFirst) this._read(0);
      done();
    },
  });
  return Object.assign(stream, { heard: () => Buffer.concat(heard) });
}

const uint16 = (value: number) => [(value >> 8) & 255, value & 255];
const uint32 = (value: number) => [...uint16(value >>> 16), ...uint16(value)];

/** A server of 3.8 that asks for no password, up to and with ServerInit. */
export function greeting(width: number, height: number): Buffer {
  return Buffer.from([
    ...Buffer.from('RFB 003.008\n'),
    ...[1, 1],
    ...uint32(0),
    ...[...uint16(width), ...uint16(height), ...Array<number>(16).fill(0), ...uint32(4), ...Buffer.from('test')],
  ]);
}

export function update(...rectangles: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0, 0, ...uint16(rectangles.length)]), ...rectangles]);
}

export function rectangle(
  [x, y, width, height]: readonly [number, number, number, number],
  encoding: number,
  data: Uint8Array | readonly number[] = [],
): Buffer {
  const head = [...uint16(x), ...uint16(y), ...uint16(width), ...uint16(height), ...uint32(encoding)];
  return Buffer.concat([Buffer.from(head), Buffer.from(data)]);
}
