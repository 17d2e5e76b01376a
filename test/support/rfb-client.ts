import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a server of the RFB protocol (RFC 6143) received a viewer. */
export interface RfbWelcome {
  readonly width: number;
  readonly height: number;
  readonly name: string;
  /** Colours of one pixel after another, 0xRRGGBB, row by row. */
  readonly pixels: Uint32Array;
  /** Asks for the whole screen once more. */
  refresh(): Promise<Uint32Array>;
  close(): void;
}

/** `net.connect` options: a path, or a port on 127.0.0.1. */
export type RfbAddress = { readonly path: string } | { readonly port: number };

/** Connects as a viewer would, without a password or with VNC's own authentication, and fetches one screen. */
export async function connectRfb(address: RfbAddress, password?: string, version = '003.008'): Promise<RfbWelcome> {
  const socket = connect('path' in address ? { path: address.path } : { port: address.port, host: '127.0.0.1' });
  const stream = new ByteStream(socket);
  try {
    await once(socket, 'connect');
    await authenticate(stream, password, version);
    // Shared: other viewers stay.
    stream.write(Buffer.from([1]));
    const init = await stream.read(24);
    const [width, height] = [init.readUInt16BE(0), init.readUInt16BE(2)];
    const name = (await stream.read(init.readUInt32BE(20))).toString('utf8');
    stream.write(setPixelFormat);
    stream.write(setEncodings);
    const refresh = () => fetchScreen(stream, width, height);
    return { width, height, name, pixels: await refresh(), refresh, close: () => socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

// 32 bits, depth 24, little-endian, true colour; 8 bits for each of red, green and blue.
const setPixelFormat = Buffer.from([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
// One encoding: raw.
const setEncodings = Buffer.from([2, 0, 0, 1, 0, 0, 0, 0]);

async function authenticate(stream: ByteStream, password: string | undefined, version: string): Promise<void> {
  await stream.read(12);
  stream.write(Buffer.from(`RFB ${version}\n`));
  const type = await chooseType(stream, password, version);
  if (type === 2) stream.write(encryptChallenge(await stream.read(16), password ?? ''));
  if (type === 1 && version === '003.003') return;
  if ((await stream.read(4)).readUInt32BE(0) !== 0) throw new Error('authentication failed');
}

async function chooseType(stream: ByteStream, password: string | undefined, version: string): Promise<number> {
  const wanted = password === undefined ? 1 : 2;
  if (version === '003.003') return (await stream.read(4)).readUInt32BE(0);
  const [count = 0] = await stream.read(1);
  const types = await stream.read(count);
  if (!types.includes(wanted)) throw new Error(`the server wants one of the security types ${[...types].join()}`);
  stream.write(Buffer.from([wanted]));
  return wanted;
}

/** DES in two blocks, with the bits of each key byte reversed. OpenSSL 3 has DES only as triple DES. */
export function encryptChallenge(challenge: Buffer, password: string): Buffer {
  const key = Buffer.alloc(8);
  key.write(password, 'latin1');
  for (const [index, byte] of key.entries()) key[index] = reverseBits(byte);
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}

async function fetchScreen(stream: ByteStream, width: number, height: number): Promise<Uint32Array> {
  const request = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  request.writeUInt16BE(width, 6);
  request.writeUInt16BE(height, 8);
  stream.write(request);
  const [type] = await stream.read(1);
  if (type !== 0) throw new Error(`a message of type ${type} instead of a screen`);
  const pixels = new Uint32Array(width * height);
  const rectangles = (await stream.read(3)).readUInt16BE(1);
  for (let rectangle = 0; rectangle < rectangles; rectangle++) await readRectangle(stream, pixels, width);
  return pixels;
}

async function readRectangle(stream: ByteStream, pixels: Uint32Array, stride: number): Promise<void> {
  const head = await stream.read(12);
  const [left, top, width, height] = [0, 2, 4, 6].map(at => head.readUInt16BE(at)) as [number, number, number, number];
  if (head.readInt32BE(8) !== 0) throw new Error('a rectangle that is not raw');
  const raw = await stream.read(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels[(top + y) * stride + left + x] = raw.readUInt32LE((y * width + x) * 4) & 0xffffff;
    }
  }
}

/** The bytes of a socket, so many at a time. */
class ByteStream {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', chunk => {
      this.#bytes = Buffer.concat([this.#bytes, chunk as Buffer]);
      this.#wake();
    });
    socket.on('error', () => this.#end()).on('close', () => this.#end());
    socket.setTimeout(10_000, () => socket.destroy());
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  async read(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#ended) throw new Error(`the connection ended after ${this.#bytes.length} of ${count} bytes`);
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return bytes;
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}
