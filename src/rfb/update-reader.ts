import { setImmediate as breathe } from 'node:timers/promises';
import type { ByteReader } from './byte-reader.ts';
import { decodeCopyRect } from './encodings/copy-rect.ts';
import { skipCursorShape } from './encodings/cursor-shape.ts';
import { encodings } from './encodings/encodings.ts';
import { decodeHextile } from './encodings/hextile.ts';
import { Inflater } from './encodings/inflater.ts';
import { decodeRaw } from './encodings/raw.ts';
import { decodeTight, makeTightStreams } from './encodings/tight.ts';
import { decodeZrle } from './encodings/zrle.ts';
import { protocolFault } from './protocol-fault.ts';
import { type Area, Screen } from './screen.ts';

/** Number of rectangles of an update that ends by saying so. */
const untilLast = 0xffff;
/** Pixels drawn between two chances for timers: a few bytes can have a whole screen copied. */
const pixelsAtOnce = 16_000_000;

/** What reading one rectangle came to. */
type Outcome = 'drawn' | 'nothing' | 'resized' | 'last';

/** What an update has brought. */
export interface Update {
  readonly drawn: boolean;
  readonly resized: boolean;
}

/** Reads the updates of a screen and draws them. */
export class UpdateReader {
  readonly #reader: ByteReader;
  readonly #zrle = new Inflater();
  readonly #tight = makeTightStreams();
  #drawn = 0;
  screen: Screen;
  /** True once the server has said that it takes key events that name the key. */
  extendedKeys = false;

  constructor(reader: ByteReader, screen: Screen) {
    this.#reader = reader;
    this.screen = screen;
  }

  /** One update, from behind the byte that says that it is one. */
  async read(): Promise<Update> {
    await this.#reader.skip(1);
    const count = await this.#reader.uint16();
    const outcomes = new Set<Outcome>();
    for (let number = 0; number < count || count === untilLast; number++) {
      const outcome = await this.#readRectangle();
      outcomes.add(outcome);
      if (outcome === 'last') break;
    }
    return { drawn: outcomes.has('drawn'), resized: outcomes.has('resized') };
  }

  /** Gives up what unpacks. */
  close(): void {
    for (const stream of [this.#zrle, ...this.#tight]) stream.reset();
  }

  async #readRectangle(): Promise<Outcome> {
    const head = await this.#reader.read(12);
    const [x = 0, y = 0, width = 0, height = 0] = [0, 2, 4, 6].map(at => head.readUInt16BE(at));
    const area = { x, y, width, height };
    const encoding = head.readInt32BE(8);
    const special = await this.#readSpecial(encoding, area);
    if (special !== undefined) return special;
    this.screen.require(area);
    await this.#draw(encoding, area);
    this.screen.markShown(area);
    await this.#breatheAfter(width * height);
    return 'drawn';
  }

  /** What looks like a rectangle and says something else. */
  async #readSpecial(encoding: number, area: Area): Promise<Outcome | undefined> {
    if (encoding === encodings.lastRect) return 'last';
    if (encoding === encodings.cursor) {
      await skipCursorShape(this.#reader, area);
      return 'nothing';
    }
    if (encoding === encodings.extendedKeys) {
      this.extendedKeys = true;
      return 'nothing';
    }
    if (encoding === encodings.desktopSize) return this.#resize(area);
    if (encoding !== encodings.extendedDesktopSize) return undefined;
    const screens = await this.#reader.byte();
    await this.#reader.skip(3 + 16 * screens);
    // y tells whether somebody's wish for another size was refused: then nothing has changed.
    return area.y === 0 ? this.#resize(area) : 'nothing';
  }

  #resize({ width, height }: Area): Outcome {
    if (width === this.screen.width && height === this.screen.height) return 'nothing';
    this.screen = new Screen(width, height);
    return 'resized';
  }

  async #draw(encoding: number, area: Area): Promise<void> {
    const { screen } = this;
    if (encoding === encodings.raw) await decodeRaw(this.#reader, screen, area);
    else if (encoding === encodings.copyRect) await decodeCopyRect(this.#reader, screen, area);
    else if (encoding === encodings.hextile) await decodeHextile(this.#reader, screen, area);
    else if (encoding === encodings.zrle) await decodeZrle(this.#reader, screen, area, this.#zrle);
    else if (encoding === encodings.tight) await decodeTight(this.#reader, screen, area, this.#tight);
    else throw protocolFault(`the encoding ${encoding}, which was not asked for`, { encoding });
  }

  async #breatheAfter(pixels: number): Promise<void> {
    this.#drawn += pixels;
    if (this.#drawn < pixelsAtOnce) return;
    this.#drawn = 0;
    await breathe();
  }
}
