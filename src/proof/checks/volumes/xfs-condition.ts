import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { isInside } from '../../../disk/source/check-range.ts';
import { be64 } from '../../../disk/source/integers.ts';
import { readStructure } from '../../../disk/source/read-structure.ts';
import { cancelledFault } from '../../../errors/fault.ts';
import { inUse } from './condition.ts';

const logMagic = 0xfeedbabe;
const unmount = 0x20;
/** The log counts in blocks of this many bytes. */
const block = 512;
const pieceSize = 1024 * 1024;
/** A log is no longer in any system; a larger one is not looked at. */
const largestLog = 2 ** 31;

interface LogPlace {
  readonly at: number;
  readonly size: number;
}

interface LogRecord {
  readonly cycle: number;
  /** Number of the block in the log. */
  readonly number: number;
  readonly operations: number;
  /** Blocks of the header itself, which the content follows. */
  readonly headerBlocks: number;
}

/**
 * What is wrong with an XFS, as sentences. Its files are not read here: its superblock and the copy of it are, and the end of
 * its log, where an unmount leaves a record of its own.
 */
export async function readXfsCondition(volume: ByteReader, signal: AbortSignal): Promise<string[]> {
  const own = await readStructure(volume, 'XFS superblock', 0, 512, signal);
  const blockSize = own.readUInt32BE(4);
  const groupBlocks = own.readUInt32BE(84);
  const groups = own.readUInt32BE(88);
  const problems: string[] = [];
  if (own.readUInt8(126) !== 0) problems.push('It was being made or grown when it was copied.');
  if (be64(own, 8) * blockSize > volume.size) problems.push('It is longer than the partition that it is in.');
  const copyAt = groupBlocks * blockSize;
  if (groups > 1 && isInside(copyAt, block, volume.size)) {
    const copy = await readStructure(volume, 'XFS superblock copy', copyAt, block, signal);
    if (copy.toString('latin1', 0, 4) !== 'XFSB' || copy.readUInt32BE(4) !== blockSize) {
      problems.push('The copy of its superblock is damaged.');
    }
  }
  return [...problems, ...(await judgeLog(volume, locateLog(own), signal))];
}

function locateLog(own: Buffer): LogPlace | undefined {
  const start = be64(own, 48);
  if (start === 0) return undefined;
  const blockSize = own.readUInt32BE(4);
  // A block's number has the group in its upper bits, and the block within the group in as many as these below.
  const shift = 2 ** own.readUInt8(124);
  const at = (Math.floor(start / shift) * own.readUInt32BE(84) + (start % shift)) * blockSize;
  return { at, size: own.readUInt32BE(96) * blockSize };
}

async function judgeLog(volume: ByteReader, log: LogPlace | undefined, signal: AbortSignal): Promise<string[]> {
  if (!log) return ['Its log is on another disk: whether that has changes to be replayed can not be told.'];
  if (log.size < 2 * block || log.size > largestLog || !isInside(log.at, log.size, volume.size))
    return ['Its log lies outside of it.'];
  const last = await findLastRecord(volume, log, signal);
  // A log that was zeroed has none.
  if (!last || (await isUnmount(volume, log, last, signal))) return [];
  return [`Its log has changes to be replayed: ${inUse}`];
}

async function findLastRecord(volume: ByteReader, log: LogPlace, signal: AbortSignal): Promise<LogRecord | undefined> {
  let last: LogRecord | undefined;
  for (let done = 0; done < log.size; done += pieceSize) {
    const piece = await volume.read(log.at + done, Math.min(pieceSize, log.size - done), signal);
    if (signal.aborted) throw cancelledFault(signal, 'Looking at the log');
    for (let at = 0; at + block <= piece.length; at += block) {
      if (piece.readUInt32BE(at) !== logMagic) continue;
      const record = parseRecord(piece, at, (done + at) / block);
      const isLater =
        !last || record.cycle > last.cycle || (record.cycle === last.cycle && record.number > last.number);
      if (isLater) last = record;
    }
  }
  return last;
}

function parseRecord(piece: Buffer, at: number, number: number): LogRecord {
  const version = piece.readUInt32BE(at + 8);
  const recordSize = piece.readUInt32BE(at + 320);
  // The second version's header has a block for every 32 KiB that a record may have.
  const headerBlocks = (version & 2) !== 0 ? Math.max(1, Math.ceil(recordSize / 32_768)) : 1;
  return { cycle: piece.readUInt32BE(at + 4), number, operations: piece.readUInt32BE(at + 40), headerBlocks };
}

/** Whether the one operation of a record is an unmount. */
async function isUnmount(volume: ByteReader, log: LogPlace, record: LogRecord, signal: AbortSignal): Promise<boolean> {
  const blocks = log.size / block;
  // The log is a ring.
  const number = (record.number + record.headerBlocks) % blocks;
  const content = await readStructure(volume, 'XFS log', log.at + number * block, block, signal);
  return record.operations === 1 && (content.readUInt8(9) & unmount) !== 0;
}
