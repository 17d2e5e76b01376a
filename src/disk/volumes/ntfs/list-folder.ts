import { invalidStructure } from '../../source/invalid-structure.ts';
import type { NtfsVolume } from './ntfs-volume.ts';
import { undoFixups } from './undo-fixups.ts';

export interface NtfsEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly record: number;
}

const indexRoot = 0x90;
const indexAllocation = 0xa0;
const indexName = '$I30';
const mostIndexBytes = 4 * 1024 * 1024;
const dosName = 2;
const folderFlag = 0x10000000;
const lastEntry = 2;

/** The entries of a folder: those in the root of its index and those in all blocks of it, so that no order has to be trusted. */
export async function listNtfsFolder(ntfs: NtfsVolume, record: number, signal?: AbortSignal): Promise<NtfsEntry[]> {
  const root = await ntfs.openAttribute(record, indexRoot, indexName, signal);
  if (!root || root.size < 32) throw invalidStructure(ntfs.volume.path, 'NTFS folder', 0, 'has no index', { record });
  const rootBytes = await root.read(0, Math.min(root.size, 65536), signal);
  const blockSize = rootBytes.readUInt32LE(8);
  const entries = parseNode(rootBytes, 16);
  const blocks = await ntfs.openAttribute(record, indexAllocation, indexName, signal);
  if (!blocks) return entries;
  if (blockSize < 512 || blockSize > 65536) {
    throw invalidStructure(ntfs.volume.path, 'NTFS folder', 0, 'gives an impossible block size', { record, blockSize });
  }
  const end = Math.min(blocks.size, mostIndexBytes);
  for (let at = 0; at + blockSize <= end; at += blockSize) {
    // Blocks that are free, and were never written, have no mark.
    const block = undoFixups(await blocks.read(at, blockSize, signal), 'INDX');
    if (block) entries.push(...parseNode(block, 24));
  }
  return entries;
}

/** The entries of one node, whose header stands at `header`. */
function parseNode(node: Buffer, header: number): NtfsEntry[] {
  const entries: NtfsEntry[] = [];
  if (header + 16 > node.length) return entries;
  const end = Math.min(node.length, header + node.readUInt32LE(header + 4));
  for (let at = header + node.readUInt32LE(header); at + 16 <= end; ) {
    const length = node.readUInt16LE(at + 8);
    if (length < 16 || at + length > end || (node.readUInt8(at + 12) & lastEntry) !== 0) break;
    const entry =
      node.readUInt16LE(at + 10) >= 66 && length >= 82 ? parseEntry(node.subarray(at, at + length)) : undefined;
    if (entry) entries.push(entry);
    at += length;
  }
  return entries;
}

function parseEntry(bytes: Buffer): NtfsEntry | undefined {
  const nameLength = bytes.readUInt8(16 + 64) * 2;
  const namespace = bytes.readUInt8(16 + 65);
  if (namespace === dosName || 82 + nameLength > bytes.length) return undefined;
  return {
    name: bytes.toString('utf16le', 82, 82 + nameLength),
    isFolder: (bytes.readUInt32LE(16 + 56) & folderFlag) !== 0,
    record: bytes.readUIntLE(0, 6),
  };
}
