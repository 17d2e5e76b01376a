import type { LayerLog, Obstacle } from '../../model/image.ts';
import { truncatedObstacle } from '../formats/truncated-obstacles.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import type { VhdxHeader } from './choose-header.ts';
import { findActiveEntries } from './find-active-entries.ts';
import { LogReader } from './log-reader.ts';
import { patchFile } from './patched-file.ts';
import { replayLog } from './replay-log.ts';

const mostReported = 100;

export interface OpenedLog {
  /** The file as it is to be read: with what the log holds. */
  readonly file: ByteReader;
  readonly log: LayerLog;
  readonly obstacles: readonly Obstacle[];
}

/**
 * Replays the log of a file that was not closed, in memory: the file itself is never written. Faults `invalid` for a log
 * that contradicts the format; one that holds no whole entry has nothing to replay.
 */
export async function openLog(file: ByteReader, header: VhdxHeader, signal?: AbortSignal): Promise<OpenedLog> {
  const { logLength: length } = header;
  // An empty log may be anywhere, and is told of all the same.
  const offset = Math.min(header.logOffset, Number.MAX_SAFE_INTEGER);
  const reader = LogReader.open(file, header);
  if (!reader) return { file, log: { state: 'clean', offset, length, entries: [], totalEntries: 0 }, obstacles: [] };
  const active = await findActiveEntries(reader, signal);
  if (active.length === 0) {
    return { file, log: { state: 'idle', offset, length, entries: [], totalEntries: 0 }, obstacles: [idle(file.path)] };
  }
  const { patches, entries, size, flushedSize } = await replayLog(reader, active, signal);
  return {
    file: patchFile(file, patches, size),
    log: { state: 'dirty', offset, length, entries: entries.slice(0, mostReported), totalEntries: entries.length },
    obstacles: [
      dirty(file.path, entries.length),
      ...(flushedSize > file.size ? [truncatedObstacle(file.path, file.size, flushedSize)] : []),
    ],
  };
}

function idle(path: string): Obstacle {
  return {
    code: 'not_closed',
    blocking: false,
    message: `"${path}" was not closed by the program that wrote it, but its log holds nothing to replay.`,
  };
}

function dirty(path: string, entries: number): Obstacle {
  return {
    code: 'dirty_log',
    blocking: false,
    message: `"${path}" was not closed cleanly: ${entries === 1 ? 'the change' : `the ${entries} changes`} in its log ${entries === 1 ? 'is' : 'are'} replayed in memory, and the file stays as it is.`,
  };
}
