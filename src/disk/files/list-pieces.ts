import { cancelledFault } from '../../errors/fault.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import type { FileContent } from '../volumes/file-system.ts';
import { Pauses } from './pauses.ts';

export interface ContentPiece {
  readonly offset: number;
  /** At most 4 MiB of data; a hole may be of any length. */
  readonly length: number;
  readonly isHole: boolean;
}

export const longestPiece = 4 * 1024 * 1024;
/** A file in more pieces than this is taken for damaged. */
const mostStretches = 4_000_000;

/** A file from its beginning to its end, in pieces to be read at once and whole holes. */
export async function* listPieces(content: FileContent, signal: AbortSignal): AsyncGenerator<ContentPiece> {
  const pauses = new Pauses();
  let piece: ContentPiece | undefined;
  let count = 0;
  let data = 0;
  for (let offset = 0; offset < content.size; ) {
    if (signal.aborted) throw cancelledFault(signal, `Reading a file in "${content.path}"`);
    if (++count > mostStretches) throw invalidStructure(content.path, 'file content', offset, 'is in too many pieces');
    await pauses.take();
    const { isHole, length: whole } = await content.stretch(offset, signal);
    if (!isHole) data += Math.min(whole, longestPiece);
    if (data > content.mostData) throw tooMuch(content);
    const length = isHole ? whole : Math.min(whole, longestPiece);
    const isMore = piece?.isHole === isHole && (isHole || piece.length + length <= longestPiece);
    if (piece && !isMore) yield piece;
    piece = piece && isMore ? { ...piece, length: piece.length + length } : { offset, length, isHole };
    offset += length;
  }
  if (piece) yield piece;
}

/** Bytes of a file that are no holes. */
export async function measureData(content: FileContent, signal: AbortSignal): Promise<number> {
  if (!content.mayHaveHoles && content.size > content.mostData) throw tooMuch(content);
  if (!content.mayHaveHoles) return content.size;
  let bytes = 0;
  for await (const { length, isHole } of listPieces(content, signal)) bytes += isHole ? 0 : length;
  return bytes;
}

function tooMuch({ path, size, mostData }: FileContent) {
  return invalidStructure(path, 'file content', 0, 'is more than there is room for on the volume', { size, mostData });
}
