import { randomBytes } from 'node:crypto';
import { ByteQueue } from './byte-queue.ts';
import { Encoder, encodingNumbers } from './encodings.ts';
import { type PixelFormat, readPixelFormat, serverFormat, writePixelFormat } from './pixel-format.ts';
import type { Area, Screen } from './screen.ts';
import { vncResponse } from './vnc-auth.ts';

export interface RfbOptions {
  readonly screen: Screen;
  readonly password: string;
  readonly name: string;
  readonly send: (bytes: Buffer) => void;
  readonly close: () => void;
}

/** One client of the RFB 3.8 server. */
export class RfbConnection {
  readonly #options: RfbOptions;
  readonly #input = new ByteQueue();
  readonly #encoder = new Encoder();
  #format: PixelFormat = serverFormat;
  #encodings: readonly number[] = [];
  /** Areas that the client has not yet, and whether it waits for them. */
  #dirty: Area[] = [];
  #wanted = false;
  #resized = false;
  #sending = false;

  constructor(options: RfbOptions) {
    this.#options = options;
  }

  receive(bytes: Buffer): void {
    this.#input.push(bytes);
  }

  end(): void {
    this.#input.end();
    this.#encoder.close();
  }

  async run(): Promise<void> {
    const { screen, close } = this.#options;
    let leave: (() => void) | undefined;
    try {
      if (!(await this.#handshake())) return;
      leave = screen.join(change => {
        if (change.resized) {
          this.#resized = true;
          this.#dirty = [whole(screen)];
        } else if (change.area !== undefined) this.#dirty.push(change.area);
        this.#updateSoon();
      }, close);
      while (true) await this.#message();
    } catch {
      // The client has gone, or spoke nonsense: either way its connection ends.
    } finally {
      leave?.();
      close();
    }
  }

  async #handshake(): Promise<boolean> {
    const { screen, password, name, send } = this.#options;
    send(Buffer.from('RFB 003.008\n'));
    if ((await this.#input.take(12)).toString() !== 'RFB 003.008\n') return false;
    send(Buffer.from([1, 2]));
    if ((await this.#input.take(1))[0] !== 2) return false;
    const challenge = randomBytes(16);
    send(challenge);
    const isRight = (await this.#input.take(16)).equals(vncResponse(password, challenge));
    if (!isRight) {
      const reason = Buffer.from('Authentication failed');
      send(Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, reason.length]), reason]));
      return false;
    }
    send(Buffer.alloc(4));
    await this.#input.take(1);
    const head = Buffer.alloc(4);
    head.writeUInt16BE(screen.width, 0);
    head.writeUInt16BE(screen.height, 2);
    const title = Buffer.from(name);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(title.length);
    send(Buffer.concat([head, writePixelFormat(serverFormat), length, title]));
    return true;
  }

  async #message(): Promise<void> {
    const { screen } = this.#options;
    const type = (await this.#input.take(1))[0];
    switch (type) {
      case 0:
        this.#format = readPixelFormat((await this.#input.take(19)).subarray(3));
        return;
      case 2: {
        const count = (await this.#input.take(3)).readUInt16BE(1);
        const list = await this.#input.take(count * 4);
        this.#encodings = Array.from({ length: count }, (_, index) => list.readInt32BE(index * 4));
        screen.encodings = this.#encodings;
        // QEMU says so at once, in an update of its own.
        if (screen.namesKeys && this.#encodings.includes(encodingNumbers.extendedKeys)) {
          this.#options.send(
            Buffer.concat([Buffer.from([0, 0, 0, 1]), rectangle(whole(screen), encodingNumbers.extendedKeys)]),
          );
        }
        return;
      }
      case 3:
        await this.#request();
        return;
      case 4: {
        const body = await this.#input.take(7);
        screen.keys.push({ down: body[0] === 1, keysym: body.readUInt32BE(3) });
        return;
      }
      case 5: {
        const body = await this.#input.take(5);
        screen.pointers.push({ buttons: body.readUInt8(0), x: body.readUInt16BE(1), y: body.readUInt16BE(3) });
        return;
      }
      case 6: {
        const length = (await this.#input.take(7)).readUInt32BE(3);
        screen.clipboards.push((await this.#input.take(length)).toString('latin1'));
        return;
      }
      case 255: {
        const body = await this.#input.take(11);
        screen.keys.push({
          down: body.readUInt16BE(1) === 1,
          keysym: body.readUInt32BE(3),
          scancode: body.readUInt32BE(7),
        });
        return;
      }
      default:
        throw new Error(`A message of type ${type} is not known.`);
    }
  }

  async #request(): Promise<void> {
    const body = await this.#input.take(9);
    const { screen } = this.#options;
    this.#wanted = true;
    if (body[0] === 0) {
      const [x, y] = [body.readUInt16BE(1), body.readUInt16BE(3)];
      const [width, height] = [
        Math.min(body.readUInt16BE(5), screen.width - x),
        Math.min(body.readUInt16BE(7), screen.height - y),
      ];
      if (width > 0 && height > 0) this.#dirty = [{ x, y, width, height }];
    }
    this.#updateSoon();
  }

  /** Who has gone meanwhile needs no picture. */
  #updateSoon(): void {
    this.#update().catch(() => this.#options.close());
  }

  async #update(): Promise<void> {
    if (!this.#wanted || this.#dirty.length === 0 || this.#sending) return;
    this.#sending = true;
    this.#wanted = false;
    const { screen, send } = this.#options;
    const parts: Buffer[] = [];
    if (this.#resized && this.#encodings.includes(encodingNumbers.desktopSize)) {
      parts.push(rectangle(whole(screen), encodingNumbers.desktopSize));
    }
    this.#resized = false;
    const areas = this.#dirty.map(area => clip(area, screen)).filter(({ width, height }) => width > 0 && height > 0);
    this.#dirty = [];
    const encoding = Encoder.choose(this.#encodings);
    for (const area of areas) {
      parts.push(rectangle(area, encoding), await this.#encoder.encode(encoding, screen, area, this.#format));
    }
    const head = Buffer.alloc(4);
    const extra = parts.length - areas.length * 2;
    head.writeUInt16BE(areas.length + extra, 2);
    send(Buffer.concat([head, ...parts]));
    this.#sending = false;
    this.#updateSoon();
  }
}

function whole({ width, height }: Screen): Area {
  return { x: 0, y: 0, width, height };
}

function clip({ x, y, width, height }: Area, screen: Screen): Area {
  return { x, y, width: Math.min(width, screen.width - x), height: Math.min(height, screen.height - y) };
}

function rectangle({ x, y, width, height }: Area, encoding: number): Buffer {
  const bytes = Buffer.alloc(12);
  [x, y, width, height].forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2);
  });
  bytes.writeInt32BE(encoding, 8);
  return bytes;
}
