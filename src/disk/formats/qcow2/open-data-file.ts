import { dirname, resolve } from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import type { Obstacle } from '../../../model/image.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { type OpenFile, openFile } from '../../source/open-file.ts';
import type { OpenContext } from '../format.ts';
import type { Qcow2Header } from './read-header.ts';

export interface DataFile {
  /** Where the clusters lie; undefined when that file is missing. */
  readonly source: ByteReader | undefined;
  readonly file?: OpenFile | undefined;
  readonly obstacles: readonly Obstacle[];
}

/** The file that holds the clusters: the image itself, or the external data file that it names. */
export async function openDataFile(image: OpenFile, header: Qcow2Header, context: OpenContext): Promise<DataFile> {
  if (header.dataFile === undefined) return { source: image, obstacles: [] };
  if (header.dataFile === '')
    return { source: undefined, obstacles: [missing(image.path, 'whose name is not recorded')] };
  const path = resolve(dirname(image.path), header.dataFile);
  try {
    const file = await openFile(path, context.signal);
    return { source: file, file, obstacles: [external(image.path, path)] };
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') {
      return { source: undefined, obstacles: [missing(image.path, `"${path}", which is missing`)] };
    }
    throw error;
  }
}

function external(image: string, path: string): Obstacle {
  return {
    code: 'external_data_file',
    blocking: false,
    message: `The data of "${image}" lies in a second file, "${path}": a copy of the image alone is not enough.`,
  };
}

function missing(image: string, which: string): Obstacle {
  return {
    code: 'missing_data_file',
    blocking: true,
    message: `The data of "${image}" lies in a second file, ${which}.`,
    remedy: 'Put the data file where the image expects it.',
  };
}
