import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Worker } from 'tesseract.js';
import { cancelledFault } from '../../errors/fault.ts';
import type { Picture } from '../../model/picture.ts';
import { encodeGray } from './encode-gray.ts';
import { type ScreenReading, unreadScreen } from './read-screen.ts';

/**
 * Reads text of any font by optical recognition, offline. Takes one to two seconds and errs at times, so its text is for
 * people. The recogniser is loaded at the first call and needs `close()`. Where it is not installed, nothing is read.
 */
export class OpticalReader {
  #worker: Promise<Worker | undefined> | undefined;

  async read(picture: Picture, signal?: AbortSignal): Promise<ScreenReading> {
    if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
    try {
      return await stopAtAbort(this.#recognize(picture, signal), signal);
    } catch {
      // Recognition is a help for people only: when it fails, the rest goes on without it.
      await this.close();
      if (signal?.aborted) throw cancelledFault(signal, 'Reading the screen');
      return unreadScreen;
    }
  }

  async #recognize(picture: Picture, signal: AbortSignal | undefined): Promise<ScreenReading> {
    this.#worker ??= startWorker();
    const worker = await this.#worker;
    // A worker that was ended meanwhile would never answer.
    if (!worker || signal?.aborted) return unreadScreen;
    return recognize(worker, picture);
  }

  /** Ends the recogniser; a later read starts it again. */
  async close(): Promise<void> {
    const started = this.#worker;
    this.#worker = undefined;
    const worker = await started;
    await worker?.terminate();
  }
}

const dataFolder = '4.0.0_best_int';

async function startWorker(): Promise<Worker | undefined> {
  try {
    // Data from the package on disk; without `langPath` the library would fetch it from the network.
    const data = createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json');
    const langPath = join(dirname(data), dataFolder);
    // Looked for first: a worker whose files are missing ends this process with an error that nobody can catch.
    if (!existsSync(join(langPath, 'eng.traineddata.gz'))) return undefined;
    const { createWorker, OEM } = await import('tesseract.js');
    // Without a handler the library throws outside of any call.
    const errorHandler = (): void => undefined;
    const worker = await createWorker('eng', OEM.LSTM_ONLY, {
      langPath,
      cacheMethod: 'none',
      gzip: true,
      errorHandler,
    });
    await worker.setParameters({ user_defined_dpi: '150', preserve_interword_spaces: '1' });
    return worker;
  } catch {
    return undefined;
  }
}

async function recognize(worker: Worker, picture: Picture): Promise<ScreenReading> {
  const { data } = await worker.recognize(encodeGray(picture));
  const lines = data.text.split('\n').map(line => line.trimEnd());
  const last = lines.findLastIndex(line => line.trim() !== '');
  return { lines: lines.slice(0, last + 1), method: 'ocr', columns: 10_000, confidence: data.confidence / 100 };
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
