import { connect, type Socket } from 'node:net';
import type { ExportAddress } from '../../../../src/disk/nbd/serve-image.ts';

/** The numbers as the published protocol has them, written down a second time. */
export const opt = {
  exportName: 1,
  abort: 2,
  list: 3,
  startTls: 5,
  info: 6,
  go: 7,
  structured: 8,
  listMeta: 9,
  setMeta: 10,
};
export const rep = {
  ack: 1,
  server: 2,
  info: 3,
  meta: 4,
  unsupported: 0x80000001,
  policy: 0x80000002,
  invalid: 0x80000003,
  unknown: 0x80000006,
  tooBig: 0x80000009,
};
export const cmd = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, cache: 5, writeZeroes: 6, blockStatus: 7 };

export interface OptionReply {
  readonly option: number;
  readonly type: number;
  readonly data: Buffer;
}

export interface Chunk {
  readonly done: boolean;
  readonly type: number;
  readonly data: Buffer;
}

export interface Reply {
  /** 0 where it went well. */
  readonly error: number;
  readonly message?: string;
  readonly chunks: readonly Chunk[];
}

export function encodeOption(option: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT', 'latin1');
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(data.length, 12);
  return Buffer.concat([header, data]);
}

export function encodeString(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

export function encodeGo(name: string, wanted: readonly number[] = []): Buffer {
  const list = Buffer.alloc(2 + wanted.length * 2);
  list.writeUInt16BE(wanted.length);
  for (const [index, type] of wanted.entries()) list.writeUInt16BE(type, 2 + index * 2);
  return Buffer.concat([encodeString(name), list]);
}

export function encodeContexts(name: string, queries: readonly string[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length);
  return Buffer.concat([encodeString(name), count, ...queries.map(encodeString)]);
}

export function encodeRequest(type: number, handle: number, offset: number, length: number, flags = 0): Buffer {
  const request = Buffer.alloc(28);
  request.writeUInt32BE(0x25609513);
  request.writeUInt16BE(flags, 4);
  request.writeUInt16BE(type, 6);
  request.writeBigUInt64BE(BigInt(handle), 8);
  request.writeBigUInt64BE(BigInt(offset), 16);
  request.writeUInt32BE(length, 24);
  return request;
}

/** A client that says just what it is told to, for tests. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is closed, from whichever side. */
  readonly closed: Promise<void>;
  #pieces: Buffer[] = [];
  #pending = 0;
  #wake: () => void = () => {};
  #over = false;

  constructor(address: ExportAddress) {
    this.socket = address.kind === 'unix' ? connect(address.path) : connect(address.port, address.host);
    this.socket.on('error', () => {});
    this.socket.on('data', chunk => {
      this.#pieces.push(chunk);
      this.#pending += chunk.length;
      this.#wake();
    });
    this.closed = new Promise<void>(resolve => this.socket.once('close', () => resolve())).then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  send(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  async take(count: number): Promise<Buffer> {
    while (this.#pending < count) {
      if (this.#over) throw new Error(`The connection was closed; ${this.#pending} of ${count} bytes came.`);
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    const [first] = this.#pieces;
    const all = first && first.length >= count ? first : Buffer.concat(this.#pieces);
    if (all === first) this.#pieces.shift();
    else this.#pieces = [];
    if (all.length > count) this.#pieces.unshift(all.subarray(count));
    this.#pending -= count;
    return all.subarray(0, count);
  }

  /** Takes the greeting and answers it with these flags: fixed newstyle, without zeroes. */
  async greet(flags = 3): Promise<void> {
    const greeting = await this.take(18);
    if (greeting.toString('latin1', 0, 16) !== 'NBDMAGICIHAVEOPT') throw new Error('That is no greeting.');
    const answer = Buffer.alloc(4);
    answer.writeUInt32BE(flags);
    this.send(answer);
  }

  /** Sends an option and takes all replies to it, the last of which is an acknowledgement or an error. */
  async ask(option: number, data?: Buffer): Promise<OptionReply[]> {
    this.send(encodeOption(option, data));
    const replies: OptionReply[] = [];
    for (;;) {
      const reply = await this.takeOptionReply();
      replies.push(reply);
      if (reply.type === rep.ack || reply.type >= 0x80000000) return replies;
    }
  }

  async takeOptionReply(): Promise<OptionReply> {
    const header = await this.take(20);
    if (header.readBigUInt64BE() !== 0x3e889045565a9n) throw new Error('That is no reply to an option.');
    return {
      option: header.readUInt32BE(8),
      type: header.readUInt32BE(12),
      data: await this.take(header.readUInt32BE(16)),
    };
  }

  /** The whole of a usual handshake. */
  async enter(
    name = '',
    { structured = true }: { structured?: boolean } = {},
  ): Promise<{ size: number; flags: number }> {
    await this.greet();
    if (structured) {
      await this.ask(opt.structured);
      await this.ask(opt.setMeta, encodeContexts(name, ['base:allocation']));
    }
    const [info, last] = await this.ask(opt.go, encodeGo(name));
    if (last?.type !== rep.ack || !info) throw new Error(`The export was refused: ${info?.data.toString()}`);
    return { size: Number(info.data.readBigUInt64BE(2)), flags: info.data.readUInt16BE(10) };
  }

  /** A simple reply to the handle, with `length` bytes of data when it went well. */
  async takeSimpleReply(handle: number, length: number): Promise<{ error: number; data: Buffer }> {
    const header = await this.take(16);
    if (header.readUInt32BE() !== 0x67446698) throw new Error('That is no simple reply.');
    if (Number(header.readBigUInt64BE(8)) !== handle) throw new Error('That is the reply to something else.');
    const error = header.readUInt32BE(4);
    return { error, data: await this.take(error === 0 ? length : 0) };
  }

  async takeChunk(): Promise<Chunk & { handle: number }> {
    const header = await this.take(20);
    if (header.readUInt32BE() !== 0x668e33ef) throw new Error('That is no chunk.');
    return {
      done: (header.readUInt16BE(4) & 1) !== 0,
      type: header.readUInt16BE(6),
      handle: Number(header.readBigUInt64BE(8)),
      data: await this.take(header.readUInt32BE(16)),
    };
  }

  /** All chunks of one structured reply; only one request may be under way. */
  async takeReply(handle: number): Promise<Reply> {
    const chunks: Chunk[] = [];
    for (;;) {
      const { handle: answered, ...chunk } = await this.takeChunk();
      if (answered !== handle) throw new Error('That is the reply to something else.');
      chunks.push(chunk);
      if (!chunk.done) continue;
      if (chunk.type < 0x8000) return { error: 0, chunks };
      const length = chunk.data.readUInt16BE(4);
      return { error: chunk.data.readUInt32BE(), message: chunk.data.toString('utf8', 6, 6 + length), chunks };
    }
  }

  /** Sends a request of a structured connection and takes its reply. */
  async request(type: number, offset: number, length: number, flags = 0): Promise<Reply> {
    this.send(encodeRequest(type, 77, offset, length, flags));
    return await this.takeReply(77);
  }
}

/** The data of a READ, put together from its chunks; throws where they overlap or leave something out. */
export function assemble({ chunks }: Reply, offset: number, length: number): Buffer {
  const data = Buffer.alloc(length);
  const covered = Buffer.alloc(length);
  for (const { type, data: bytes } of chunks) {
    if (type === 0) continue;
    const at = Number(bytes.readBigUInt64BE()) - offset;
    const count = type === 1 ? bytes.length - 8 : bytes.readUInt32BE(8);
    if (at < 0 || count < 1 || at + count > length) throw new Error('A chunk is not a part of what was asked for.');
    if (covered.subarray(at, at + count).some(byte => byte !== 0)) throw new Error('Chunks overlap.');
    covered.fill(1, at, at + count);
    if (type === 1) bytes.copy(data, at, 8);
  }
  if (covered.some(byte => byte === 0)) throw new Error('Chunks leave something out.');
  return data;
}

/** The descriptors of a BLOCK_STATUS: length and state. */
export function descriptorsOf({ chunks }: Reply): [number, number][] {
  const data = chunks[0]?.data ?? Buffer.alloc(0);
  const found: [number, number][] = [];
  for (let at = 4; at < data.length; at += 8) found.push([data.readUInt32BE(at), data.readUInt32BE(at + 4)]);
  return found;
}
