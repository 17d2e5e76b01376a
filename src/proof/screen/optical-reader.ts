import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Worker } from 'tesseract.js';
import { cancelledFault } from '../../errors/fault.ts';
import type { Picture } from '../../model/picture.ts';
import { chooseLanguages, settlesLanguage } from './choose-languages.ts';
import { findLanguageData, type LanguageData } from './find-language-data.ts';
import { type ScreenReading, unreadScreen } from './read-screen.ts';
import { recogniseInLanguage } from './recognise-in-language.ts';
import { recognisePicture } from './recognise-picture.ts';
import { RecogniserQueue } from './recogniser-queue.ts';
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
  readonly #english = new RecogniserQueue(startEnglish);
  /** The recogniser of the language that was read last, besides English: more than one would take too much memory. */
  #other: { readonly code: string; readonly queue: RecogniserQueue } | undefined;
  /** The language that has explained a screen. */
  #known: string | undefined;

  constructor(options: OpticalReaderOptions = {}) {
    this.#options = options;
  }

  async read(picture: Picture, signal?: AbortSignal): Promise<OpticalReading> {
    return this.#guard(() => this.#english.run(worker => recognisePicture(worker, picture), signal), signal);
  }

  /**
   * Reads a screen that was read in English and that this did not explain, in those of the other languages whose data is at
   * hand and that it may be written in, until `explains` says that a reading is enough. Takes a second or two of a processor,
   * beside other readings.
   */
  async readInOtherLanguages(
    picture: Picture,
    english: OpticalReading,
    explains: (reading: OpticalReading) => boolean,
    signal?: AbortSignal,
  ): Promise<OpticalReading> {
    const available = findLanguageData(this.#options.languageFolders);
    for (const language of chooseLanguages(english, available, this.#known)) {
      const queue = await this.#switchTo(language);
      const read = () => queue.run(worker => recogniseInLanguage(worker, picture, english), signal);
      const reading = await this.#guard(read, signal);
      if (explains(reading)) {
        this.#known = language.code;
        return reading;
      }
      if (settlesLanguage(language, reading)) break;
    }
    return unread;
  }

  /** Ends the recognisers; a later read starts them again. */
  async close(): Promise<void> {
    const other = this.#other;
    this.#other = undefined;
    await this.#english.close();
    await other?.queue.close();
  }

  async #switchTo(language: LanguageData): Promise<RecogniserQueue> {
    const { code } = language;
    if (this.#other?.code === code) return this.#other.queue;
    const before = this.#other;
    const queue = new RecogniserQueue(() => startRecogniser(language));
    this.#other = { code, queue };
    await before?.queue.close();
    return queue;
  }

  async #guard(
    read: () => Promise<OpticalReading | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<OpticalReading> {
    if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
    try {
      return (await stopAtAbort(read(), signal)) ?? unread;
    } catch {
      // Recognition helps, and no more: when it fails, the rest goes on without it.
      await this.close();
      if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
      return unread;
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
