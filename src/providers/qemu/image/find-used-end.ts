import type { DiskImage } from '../../../disk/disk-image.ts';
import { findVolumes } from '../../../disk/guest/find-volumes.ts';
import { Notes } from '../../../disk/guest/tolerate.ts';
import { type OpenOptions, openImage } from '../../../disk/open-image.ts';
import { cachePages } from '../../../disk/source/cache-pages.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Stretch } from '../../../qemu/img/list-data.ts';
import { type Patch, planGptMove } from './plan-gpt-move.ts';

export interface UsedEnd {
  readonly table: 'gpt' | 'mbr' | 'none';
  /** Up to here the disk is needed, in bytes. */
  readonly end: number;
  /** What has to be written, in this order, before the disk is cut. */
  readonly patches: readonly Patch[];
}

export interface UsedEndOptions extends OpenOptions {
  readonly signal: AbortSignal;
  /** The stretches from `newSize` on that may hold anything but zeros. */
  readonly listData: () => Promise<readonly Stretch[]>;
}

const piece = 4 * 2 ** 20;

/**
 * Where the used part of a disk ends: behind its last partition; on a disk without partitions behind the last byte that is
 * not zero, looked for from `newSize`, where it is to be cut, on. Fault `unsupported` where that can not be told.
 */
export async function findUsedEnd(file: string, newSize: number, options: UsedEndOptions): Promise<UsedEnd> {
  const image = await openImage(file, options);
  try {
    const read = image.read.bind(image);
    const disk = cachePages({ path: file, size: image.virtualSize, read });
    const notes = new Notes();
    const { table, volumes } = await findVolumes(disk, image.sectorSize, notes, options.signal);
    const doubts = [...table.obstacles, ...notes.obstacles];
    if (doubts.some(({ code }) => code !== 'hybrid_mbr' && code !== 'unprotected_gpt'))
      throw doubt(file, doubts[0]?.message);
    // The database of a Windows dynamic disk lies behind its last partition.
    if (table.entries.some(({ type }) => type === '0x42')) throw doubt(file, 'It is a dynamic disk of Windows.');
    if (table.kind !== 'none') {
      const last = Math.max(
        0,
        ...table.entries.filter(({ type }) => type !== '0xee').map(({ start, size }) => start + size),
      );
      // A GPT keeps a copy of itself, 33 sectors, behind the last partition.
      const end = last + (table.kind === 'gpt' ? 33 * image.sectorSize : 0);
      const moves = table.kind === 'gpt' && newSize >= end;
      return { table: table.kind, end, patches: moves ? await planGptMove(image, newSize, options.signal) : [] };
    }
    const kind = volumes[0]?.kind?.fileSystem;
    if (kind !== undefined) throw doubt(file, `The whole disk is one volume (${kind}).`);
    const stretches = await options.listData();
    return { table: 'none', end: await findContent(image, newSize, stretches, options.signal), patches: [] };
  } finally {
    await image.close();
  }
}

/** The end of the first piece behind `from` that is not zero, or `from`: whoever asks has to know of one alone. */
async function findContent(
  image: DiskImage,
  from: number,
  stretches: readonly Stretch[],
  signal: AbortSignal,
): Promise<number> {
  for (const { start, length } of stretches) {
    const end = Math.min(start + length, image.virtualSize);
    for (let at = Math.max(start, from); at < end; at += piece) {
      const bytes = await image.read(at, Math.min(piece, end - at), signal);
      if (!bytes.equals(Buffer.alloc(bytes.length))) return at + bytes.length;
    }
  }
  return from;
}

function doubt(file: string, why: string | undefined): Fault {
  return new Fault(
    'unsupported',
    `Where the used part of the disk in ${file} ends can not be told. ${why ?? ''}`.trim(),
    {
      remedy: 'Copy what is on it into a new, smaller image inside of a machine.',
      data: { field: 'image', path: file },
    },
  );
}
