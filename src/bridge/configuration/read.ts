import { readFileSync } from 'node:fs';
import { Fault } from '../../errors/fault.ts';

export interface RawConfiguration {
  readonly text: string;
  /** The JSON, unchecked. */
  readonly raw: unknown;
}

/** The configuration file as JSON; undefined when there is none. Throws `denied` and `invalid`. */
export function readConfiguration(file: string): RawConfiguration | undefined {
  const text = readText(file);
  return text === undefined ? undefined : { text, raw: parseJson(file, text) };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw new Fault('denied', `The configuration ${file} cannot be read.`, {
      remedy: 'Check its permissions, or set VMBRIDGE_HOME to another folder.',
      cause: error,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(
      'invalid',
      `The configuration ${file} is not JSON: ${error instanceof Error ? error.message : error}`,
      {
        remedy: `Correct ${file}; an empty configuration is {}.`,
        data: { file },
        cause: error,
      },
    );
  }
}
