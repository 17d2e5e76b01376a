import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileContent } from '../file-system.ts';
import type { NtfsVolume } from './ntfs-volume.ts';
import type { NtfsRecord } from './parse-record.ts';
import { undoFixups } from './undo-fixups.ts';

export interface NtfsEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly record: number;
  readonly sequence: number;
}

const indexRoot = 0x90;
const indexAllocation = 0xa0;
const bitmap = 0xb0;
const indexName = '$I30';
/** Some twenty million names. */
const mostIndexBytes = 2 ** 32;
/** A folder with more of them is not read to its end. */
const mostDamaged = 64;
const dosName = 2;
const folderFlag = 0x10000000;
const lastEntry = 2;
/** Files of the file system itself: the table, the log and so on, and the root folder's entry for itself. */
const firstUserRecord = 16;

/**
 * The entries of a folder: those in the root of its index and those in all blocks of it that are in use, so that no order has to be
 * trusted. What is damaged is told when all the rest has been listed.
 */
export async function* listNtfsFolder(
  ntfs: NtfsVolume,
  record: NtfsRecord,
  signal?: AbortSignal,
): AsyncGenerator<NtfsEntry> {
  const fail = (problem: string, facts = {}) =>
    invalidStructure(ntfs.volume.path, 'NTFS folder', 0, problem, { record: record.number, ...facts });
  const root = await ntfs.openAttribute(record, indexRoot, indexName, signal);
  if (!root || root.size < 32) throw fail('has no index');
  const rootBytes = await root.read(0, Math.min(root.size, 65536), signal);
  const blockSize = rootBytes.readUInt32LE(8);
  let damaged = (yield* parseNode(rootBytes, 16)) ? 0 : 1;
  const blocks = await ntfs.openAttribute(record, indexAllocation, indexName, signal);
  if (blocks) {
    if (blockSize < 512 || blockSize > 65536) throw fail('gives an impossible block size', { blockSize });
    if (blocks.size > mostIndexBytes) throw fail('is of impossible size', { size: blocks.size });
    const used = await ntfs.openAttribute(record, bitmap, indexName, signal);
    for (let at = 0; at + blockSize <= blocks.size && damaged < mostDamaged; at += blockSize) {
      if (used && !(await isUsed(used, at / blockSize, signal))) continue;
      const block = undoFixups(await blocks.read(at, blockSize, signal), 'INDX');
      if (!block || !(yield* parseNode(block, 24))) damaged++;
    }
  }
  if (damaged > 0) throw fail('has a damaged block of its index');
}

async function isUsed(used: FileContent, block: number, signal?: AbortSignal): Promise<boolean> {
  const at = Math.floor(block / 8);
  if (at >= used.size) return false;
  const [byte = 0] = await used.read(at, 1, signal);
  return (byte & (1 << (block % 8))) !== 0;
}

/** The entries of one node, whose header stands at `header`; returns false when it is damaged. */
function* parseNode(node: Buffer, header: number): Generator<NtfsEntry, boolean> {
  if (header + 16 > node.length) return false;
  const end = Math.min(node.length, header + node.readUInt32LE(header + 4));
  for (let at = header + node.readUInt32LE(header); at + 16 <= end; ) {
    const length = node.readUInt16LE(at + 8);
    if (length < 16 || at + length > end) return false;
    if ((node.readUInt8(at + 12) & lastEntry) !== 0) return true;
    const isName = node.readUInt16LE(at + 10) >= 66 && length >= 82;
    const entry = isName ? parseEntry(node.subarray(at, at + length)) : undefined;
    if (entry && entry.record >= firstUserRecord) yield entry;
    at += length;
  }
  return false;
}

function parseEntry(bytes: Buffer): NtfsEntry | undefined {
  const nameLength = bytes.readUInt8(16 + 64) * 2;
  const namespace = bytes.readUInt8(16 + 65);
  if (namespace === dosName || 82 + nameLength > bytes.length) return undefined;
  return {
    name: bytes.toString('utf16le', 82, 82 + nameLength),
    isFolder: (bytes.readUInt32LE(16 + 56) & folderFlag) !== 0,
    record: bytes.readUIntLE(0, 6),
    sequence: bytes.readUInt16LE(6),
  };
}
