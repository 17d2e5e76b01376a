import type { ByteReader } from '../source/byte-reader.ts';
import { sliceReader } from '../source/slice-reader.ts';
import type { PartitionTable, TableEntry } from '../tables/partition-table.ts';
import { readPartitionTable } from '../tables/read-partition-table.ts';
import type { FileSystem } from '../volumes/file-system.ts';
import { identifyVolume, type VolumeKind } from '../volumes/identify-volume.ts';
import { openFileSystem } from '../volumes/open-file-system.ts';
import type { Notes } from './tolerate.ts';

/** A partition, or the whole disk where it has no table. */
export interface DiskVolume {
  /** For messages and evidence, e.g. "partition 2". */
  readonly name: string;
  readonly entry?: TableEntry | undefined;
  readonly reader: ByteReader;
  readonly kind?: VolumeKind | undefined;
  /** It could not be read, so that nothing found on it means nothing. */
  readonly isUnread?: boolean | undefined;
  /** Present when its files can be read. */
  readonly files?: FileSystem | undefined;
}

export interface FoundVolumes {
  readonly table: PartitionTable;
  readonly volumes: readonly DiskVolume[];
}

const containers = new Set(['0x05', '0x0f', '0x85', '0xc5', '0xee']);
const noTable: PartitionTable = { kind: 'none', entries: [], obstacles: [] };
/** File systems are looked for in at most this many partitions. */
const mostVolumes = 256;

/** The partition table of a disk and what fills each partition. */
export async function findVolumes(
  disk: ByteReader,
  sectorSize: number,
  notes: Notes,
  signal?: AbortSignal,
): Promise<FoundVolumes> {
  const whole = await openVolume({ name: 'the disk', reader: disk }, notes, signal);
  const wholeKind = whole.kind?.fileSystem;
  const table = await notes.tolerate('The partition table', noTable, () =>
    // The partition tables of hybrid discs count in sectors of 512 bytes.
    readPartitionTable(disk, sectorSize === 2048 ? 512 : sectorSize, whole.kind !== undefined, signal),
  );
  // An optical disc may carry a table beside its file system; any other disk has either.
  const volumes = table.kind === 'none' || wholeKind === 'iso9660' || wholeKind === 'udf' ? [whole] : [];
  for (const [index, entry] of table.entries.entries()) {
    const reader = sliceReader(disk, entry.start, entry.size);
    const volume = { name: `partition ${entry.number}`, entry, reader };
    const skipped = containers.has(entry.type) || index >= mostVolumes;
    volumes.push(skipped ? volume : await openVolume(volume, notes, signal));
  }
  return { table, volumes };
}

async function openVolume(volume: DiskVolume, notes: Notes, signal?: AbortSignal): Promise<DiskVolume> {
  const { reader, name } = volume;
  let isUnread = true;
  const kind = await notes.tolerate(`The start of ${name}`, undefined, async () => {
    const found = await identifyVolume(reader, signal);
    isUnread = false;
    return found;
  });
  if (!kind) return { ...volume, isUnread };
  isUnread = true;
  const files = await notes.tolerate(`The ${kind.fileSystem} file system of ${name}`, undefined, async () => {
    const opened = await openFileSystem(kind.fileSystem, reader, signal);
    isUnread = false;
    return opened;
  });
  return { ...volume, kind, files, isUnread };
}
