import { once } from 'node:events';
import { constants, createInflate, type Inflate } from 'node:zlib';
import { WebSocket } from 'ws';
import { ByteQueue } from '../../../../support/proxmox/console/byte-queue.ts';
import { vncResponse } from '../../../../support/proxmox/console/vnc-auth.ts';
import { type ContractServer, tokenHeader } from '../../../../support/proxmox/contract-server.ts';

/** Opens the websocket that a proxy has been started for. */
export async function openConsole(
  server: ContractServer,
  path: string,
  port: number | string,
  ticket: string,
): Promise<WebSocket> {
  const query = new URLSearchParams({ port: String(port), vncticket: ticket });
  const url = `wss://${server.addressOf('pve1')}/api2/json${path}/vncwebsocket?${query}`;
  const socket = new WebSocket(url, 'binary', {
    ca: server.ca,
    headers: { Authorization: tokenHeader(server.rootToken) },
  });
  await once(socket, 'open');
  return socket;
}

/** A viewer that understands what the contract server sends: raw, and plain tiles of Hextile and ZRLE. */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #input = new ByteQueue();
  readonly #inflate: Inflate = createInflate();
  width = 0;
  height = 0;
  name = '';
  pixels = new Uint32Array();
  lastEncoding: number | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', data => this.#input.push(data as Buffer));
    socket.on('close', () => this.#input.end());
  }

  /** False when the password is refused. */
  async logIn(password: string, encodings: readonly number[]): Promise<boolean> {
    await this.#input.take(12);
    this.#send(Buffer.from('RFB 003.008\n'));
    await this.#input.take(2);
    this.#send(Buffer.from([2]));
    this.#send(vncResponse(password, await this.#input.take(16)));
    if ((await this.#input.take(4)).readUInt32BE() !== 0) return false;
    this.#send(Buffer.from([1]));
    const init = await this.#input.take(24);
    this.#resize(init.readUInt16BE(0), init.readUInt16BE(2));
    this.name = (await this.#input.take(init.readUInt32BE(20))).toString();
    const list = Buffer.alloc(4 + encodings.length * 4);
    list.writeUInt8(2);
    list.writeUInt16BE(encodings.length, 2);
    encodings.forEach((encoding, index) => {
      list.writeInt32BE(encoding, 4 + index * 4);
    });
    this.#send(list);
    return true;
  }

  press(keysym: number): void {
    for (const down of [1, 0]) {
      const bytes = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
      bytes.writeUInt32BE(keysym, 4);
      this.#send(bytes);
    }
  }

  async update(incremental = false): Promise<void> {
    const bytes = Buffer.from([3, Number(incremental), 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.writeUInt16BE(this.width, 6);
    bytes.writeUInt16BE(this.height, 8);
    this.#send(bytes);
    const count = (await this.#input.take(4)).readUInt16BE(2);
    for (let index = 0; index < count; index++) await this.#rectangle();
  }

  #send(bytes: Buffer): void {
    this.#socket.send(bytes);
  }

  #resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  async #rectangle(): Promise<void> {
    const head = await this.#input.take(12);
    const [x, y, width, height] = [0, 2, 4, 6].map(at => head.readUInt16BE(at)) as [number, number, number, number];
    const encoding = head.readInt32BE(8);
    if (encoding === -223) {
      this.#resize(width, height);
      return;
    }
    this.lastEncoding = encoding;
    const put = (px: number, py: number, colour: number) => {
      this.pixels[(y + py) * this.width + x + px] = colour;
    };
    if (encoding === 0) {
      const data = await this.#input.take(width * height * 4);
      for (let at = 0; at < width * height; at++)
        put(at % width, Math.floor(at / width), data.readUInt32LE(at * 4) & 0xffffff);
    } else if (encoding === 5) await this.#tiles(16, width, height, put, count => this.#input.take(count), 4);
    else {
      const packed = await this.#input.take((await this.#input.take(4)).readUInt32BE());
      const plain = await this.#unpack(packed);
      let at = 0;
      const take = async (count: number) => {
        at += count;
        return plain.subarray(at - count, at);
      };
      await this.#tiles(64, width, height, put, take, 3);
    }
  }

  async #tiles(
    size: number,
    width: number,
    height: number,
    put: (x: number, y: number, colour: number) => void,
    take: (count: number) => Promise<Buffer>,
    bytes: number,
  ): Promise<void> {
    let background = 0;
    for (let top = 0; top < height; top += size) {
      for (let left = 0; left < width; left += size) {
        const [w, h] = [Math.min(size, width - left), Math.min(size, height - top)];
        const kind = (await take(1))[0] ?? 0;
        const isRaw = size === 16 ? kind === 1 : kind === 0;
        const palette: number[] = [];
        if (size === 64 && kind === 2)
          for (let index = 0; index < 2; index++) palette.push((await take(bytes)).readUIntLE(0, 3));
        if (size === 16 ? kind === 2 : kind === 1) background = (await take(bytes)).readUIntLE(0, 3);
        const packed = palette.length > 0 ? await take(Math.ceil(w / 8) * h) : undefined;
        const raw = isRaw ? await take(w * h * bytes) : undefined;
        for (let at = 0; at < w * h; at++) {
          const [px, py] = [at % w, Math.floor(at / w)];
          const bit =
            packed === undefined ? 0 : ((packed[py * Math.ceil(w / 8) + (px >> 3)] ?? 0) >> (7 - (px & 7))) & 1;
          const colour =
            raw === undefined
              ? packed === undefined
                ? background
                : (palette[bit] ?? 0)
              : raw.readUIntLE(at * bytes, 3);
          put(left + px, top + py, colour);
        }
      }
    }
  }

  async #unpack(packed: Buffer): Promise<Buffer> {
    const parts: Buffer[] = [];
    const collect = (part: Buffer) => parts.push(part);
    this.#inflate.on('data', collect);
    this.#inflate.write(packed);
    await new Promise<void>(resolve => {
      this.#inflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    this.#inflate.off('data', collect);
    return Buffer.concat(parts);
  }
}
