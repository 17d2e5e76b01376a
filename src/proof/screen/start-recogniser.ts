import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'tesseract.js';
import type { LanguageData } from './find-language-data.ts';

/** Starts the optical recogniser for one language; undefined where it or its data is missing. Never fetches anything. */
export async function startRecogniser({ code, folder, zipped }: LanguageData): Promise<Worker | undefined> {
  try {
    // Looked for first: a worker whose files are missing ends this process with an error that nobody can catch.
    if (!existsSync(join(folder, `${code}.traineddata${zipped ? '.gz' : ''}`))) return undefined;
    const { createWorker, OEM } = await import('tesseract.js');
    // Without a handler the library throws outside of any call.
    const errorHandler = (): void => undefined;
    const worker = await createWorker(code, OEM.LSTM_ONLY, {
      // Without a place on disk the library would fetch the data from the network.
      langPath: folder,
      cacheMethod: 'none',
      gzip: zipped,
      errorHandler,
    });
    // What the recogniser says about its own work would stand in the standard error output of this process.
    await worker.setParameters({ user_defined_dpi: '150', preserve_interword_spaces: '1', debug_file: '/dev/null' });
    return worker;
  } catch {
    return undefined;
  }
}
