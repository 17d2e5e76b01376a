import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Worker } from 'tesseract.js';
import { cancelledFault } from '../../errors/fault.ts';
import type { Picture } from '../../model/picture.ts';
import { findLanguageData, type LanguageData } from './find-language-data.ts';
import { type ScreenReading, unreadScreen } from './read-screen.ts';
import { recognisePicture } from './recognise-picture.ts';
import { startRecogniser } from './start-recogniser.ts';
import type { TextBox } from './text-box.ts';

/** What optical recognition has read, and where it stands. */
export interface OpticalReading extends ScreenReading {
  readonly boxes: readonly TextBox[];
}

export interface OpticalReaderOptions {
  /** Folders with data (`deu.traineddata`, also with `.gz`) for more languages. */
  readonly languageFolders?: readonly string[];
}

const unread: OpticalReading = { ...unreadScreen, boxes: [] };

/**
 * Reads text of any font by optical recognition, offline. Takes a second or so and errs at times. The recogniser is loaded
 * at the first call and needs `close()`. Where it is not installed, nothing is read.
 */
export class OpticalReader {
  readonly #options: OpticalReaderOptions;
  #worker: Promise<Worker | undefined> | undefined;
  /** One reading after the other: each sets the recogniser up for its passes. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Readings that have not ended. */
  #reads = 0;
  readonly #others = new Set<Promise<Worker | undefined>>();

  constructor(options: OpticalReaderOptions = {}) {
    this.#options = options;
  }

  async read(picture: Picture, signal?: AbortSignal): Promise<OpticalReading> {
    return this.#guard(() => this.#waitForTurn(() => this.#recognise(picture, signal)), signal);
  }

  /**
   * Reads the screen in each of the other languages whose data is at hand, one after the other, until `explains` says that
   * a reading is enough. Takes some seconds, so it is for a screen that English does not explain.
   */
  async readInOtherLanguages(
    picture: Picture,
    explains: (reading: OpticalReading) => boolean,
    signal?: AbortSignal,
  ): Promise<OpticalReading> {
    for (const language of findLanguageData(this.#options.languageFolders)) {
      const read = () => this.#waitForTurn(() => this.#recogniseIn(language, picture, signal));
      const reading = await this.#guard(read, signal);
      if (explains(reading)) return reading;
    }
    return unread;
  }

  /**
   * Ends the recogniser; a later read starts it again. One that is at work ends when it has finished, which is not waited
   * for: the library does not bear to lose it meanwhile.
   */
  async close(): Promise<void> {
    const started = [this.#worker, ...this.#others];
    const work = this.#turn;
    this.#turn = Promise.resolve();
    this.#worker = undefined;
    this.#others.clear();
    const end = async () => {
      for (const worker of started) await (await worker)?.terminate();
    };
    if (this.#reads === 0) await end();
    else void work.then(end);
  }

  #waitForTurn(read: () => Promise<OpticalReading>): Promise<OpticalReading> {
    this.#reads += 1;
    const reading = this.#turn.then(read).finally(() => {
      this.#reads -= 1;
    });
    this.#turn = reading.catch(() => undefined);
    return reading;
  }

  async #guard(read: () => Promise<OpticalReading>, signal: AbortSignal | undefined): Promise<OpticalReading> {
    if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
    try {
      return await stopAtAbort(read(), signal);
    } catch {
      // Recognition helps, and no more: when it fails, the rest goes on without it.
      await this.close();
      if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
      return unread;
    }
  }

  async #recognise(picture: Picture, signal: AbortSignal | undefined): Promise<OpticalReading> {
    this.#worker ??= startEnglish();
    const worker = await this.#worker;
    // A worker that was ended meanwhile would never answer.
    if (!worker || signal?.aborted) return unread;
    return recognisePicture(worker, picture);
  }

  async #recogniseIn(
    language: LanguageData,
    picture: Picture,
    signal: AbortSignal | undefined,
  ): Promise<OpticalReading> {
    const starting = startRecogniser(language);
    this.#others.add(starting);
    const worker = await starting;
    try {
      if (!worker || signal?.aborted) return unread;
      return await recognisePicture(worker, picture);
    } finally {
      if (this.#others.delete(starting)) await worker?.terminate();
    }
  }
}

async function startEnglish(): Promise<Worker | undefined> {
  try {
    const data = createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json');
    return await startRecogniser({ code: 'eng', folder: join(dirname(data), '4.0.0_best_int'), zipped: true });
  } catch {
    return undefined;
  }
}

/** The work's result, or a rejection as soon as the signal is aborted. */
async function stopAtAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
