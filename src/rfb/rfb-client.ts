import type { Duplex } from 'node:stream';
import { Fault } from '../errors/fault.ts';
import type { Picture } from '../model/picture.ts';
import { ByteReader } from './byte-reader.ts';
import {
  clientInit,
  extendedKeyEvent,
  keyEvent,
  requestUpdate,
  setEncodings,
  setPixelFormat,
} from './client-messages.ts';
import { preferredEncodings } from './encodings/encodings.ts';
import { authenticate } from './handshake/authenticate.ts';
import type { Key } from './keys/key.ts';
import { protocolFault } from './protocol-fault.ts';
import { type Area, Screen } from './screen.ts';
import { type Update, UpdateReader } from './update-reader.ts';

export interface RfbOptions {
  readonly password?: string | undefined;
  /** Aborted: the connection is ended. */
  readonly signal: AbortSignal;
  /** How long connecting, a picture or an answer may take. Default 20 s. */
  readonly milliseconds?: number;
  /** What the server may draw with, the best first. Default: all that are known. */
  readonly encodings?: readonly number[];
}

/** Messages from the server (RFC 6143, 7.6). */
const messages = { update: 0, colourMap: 1, bell: 2, cutText: 3 } as const;
/** Longest text of a clipboard that is read past. */
const longestCutText = 16 * 1024 * 1024;
const longestName = 4096;
const defaultMilliseconds = 20_000;

/** A viewer of a screen by VNC (RFB 3.3 to 3.8), which believes nothing that the server says without checking it. */
export class RfbClient {
  readonly name: string;
  readonly #stream: Duplex;
  readonly #reader: ByteReader;
  readonly #updates: UpdateReader;
  readonly #milliseconds: number;
  #onUpdate: (update: Update) => void = () => {};
  #onFailure: (failure: unknown) => void = () => {};
  #failure: unknown;

  private constructor(stream: Duplex, reader: ByteReader, screen: Screen, name: string, options: RfbOptions) {
    const { milliseconds = defaultMilliseconds, encodings = preferredEncodings } = options;
    this.name = name;
    this.#stream = stream;
    this.#reader = reader;
    this.#updates = new UpdateReader(reader, screen);
    this.#milliseconds = milliseconds;
    stream.write(setPixelFormat);
    stream.write(setEncodings(encodings));
    void this.#listen();
  }

  /**
   * Logs in at the other end of a stream, which is the client's from here on: it is ended when this throws. Throws `denied`
   * for a wrong password, `timeout`, and `failed` for a server that does not keep to the protocol.
   */
  static async connect(stream: Duplex, options: RfbOptions): Promise<RfbClient> {
    const { password, signal, milliseconds = defaultMilliseconds } = options;
    const reader = new ByteReader(stream, signal);
    try {
      return await reader.within(milliseconds, 'Connecting to the screen', async () => {
        await authenticate(reader, stream, password);
        stream.write(clientInit);
        const init = await reader.read(24);
        const screen = new Screen(init.readUInt16BE(0), init.readUInt16BE(2));
        const length = init.readUInt32BE(20);
        if (length > longestName) throw protocolFault(`a name of ${length} bytes`, { length });
        const name = (await reader.read(length)).toString('utf8');
        return new RfbClient(stream, reader, screen, name, options);
      });
    } catch (error) {
      reader.fail(error instanceof Fault ? error : protocolFault('something unexpected', { error: String(error) }));
      throw error;
    }
  }

  /** The whole screen as it is now. */
  async capture(): Promise<Picture> {
    const { screen } = this.#updates;
    if (screen.width === 0 || screen.height === 0) {
      throw new Fault('failed', 'The screen has no size.', { remedy: 'Try again when the machine shows something.' });
    }
    screen.forget();
    await this.#waitFor('A picture of the screen', false, () => this.#updates.screen.complete);
    return this.#updates.screen.picture();
  }

  /** Whether keys are told by their place, so that the layout which the guest is set to decides what they write. */
  get namesKeys(): boolean {
    return this.#updates.extendedKeys;
  }

  /** Returns once the server has seen to everything that it was sent so far. */
  async settle(): Promise<void> {
    await this.#waitFor('An answer of the screen', true, () => true);
  }

  /** Presses a key, or lets it go. */
  sendKey({ keysym, scancode }: Key, down: boolean): void {
    if (this.#failure !== undefined) throw this.#failure;
    // What is no key of a keyboard is told by what it writes alone.
    this.#stream.write(
      this.namesKeys && scancode !== 0 ? extendedKeyEvent(keysym, scancode, down) : keyEvent(keysym, down),
    );
  }

  close(): void {
    this.#reader.fail(new Fault('cancelled', 'The screen is not watched any more.'));
    this.#updates.close();
  }

  /** Asks for updates, one after the other, until what is waited for has come. */
  async #waitFor(what: string, small: boolean, isDone: () => boolean): Promise<void> {
    const ask = (incremental: boolean) => {
      const { width, height } = this.#updates.screen;
      const area: Area = small ? { x: 0, y: 0, width: 1, height: 1 } : { x: 0, y: 0, width, height };
      this.#stream.write(requestUpdate(area, incremental));
    };
    const updated = new Promise<void>((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      this.#onFailure = reject;
      this.#onUpdate = ({ drawn, resized }) => {
        // A new size begins with an empty screen, of which nothing has been asked for.
        if (resized) ask(false);
        else if (drawn && isDone()) resolve();
        else if (drawn) ask(true);
      };
    });
    ask(false);
    await this.#reader.within(this.#milliseconds, what, () => updated);
  }

  async #listen(): Promise<void> {
    try {
      for (;;) await this.#readMessage();
    } catch (error) {
      this.#failure = error;
      this.#onFailure(error);
      this.close();
    }
  }

  async #readMessage(): Promise<void> {
    const type = await this.#reader.byte();
    if (type === messages.update) this.#onUpdate(await this.#updates.read());
    else if (type === messages.colourMap) {
      await this.#reader.skip(3);
      await this.#reader.skip(6 * (await this.#reader.uint16()));
    } else if (type === messages.cutText) await this.#skipCutText();
    else if (type !== messages.bell) throw protocolFault(`a message of the unknown type ${type}`, { type });
  }

  async #skipCutText(): Promise<void> {
    await this.#reader.skip(3);
    const length = await this.#reader.uint32();
    if (length > longestCutText) throw protocolFault(`a clipboard of ${length} bytes`, { length });
    await this.#reader.skip(length);
  }
}
