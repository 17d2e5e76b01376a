import { extname } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';

/** What a new image can be: a disc in ISO 9660 is made of files, not of a disk. */
export type TargetFormat = Exclude<ImageFormat, 'iso'>;

export interface ImageShape {
  readonly format: TargetFormat;
  readonly compressed: boolean;
  readonly allocate: boolean;
}

interface Traits {
  readonly driver: string;
  readonly suffixes: readonly string[];
  /** The largest disk, in bytes, and whose limit it is. */
  readonly limit?: readonly [bytes: number, whose: string];
  readonly sparse: readonly string[];
  readonly allocated?: readonly string[];
  readonly compressed?: readonly string[];
}

const tebibyte = 2 ** 40;
// force_size: else the size is rounded up to what cylinders, heads and sectors can count, and ends at 127 GiB.
const exact = 'force_size=on';

const traits: Readonly<Record<TargetFormat, Traits>> = {
  raw: { driver: 'raw', suffixes: ['.raw', '.img', '.dd'], sparse: [], allocated: ['preallocation=falloc'] },
  qcow2: {
    driver: 'qcow2',
    suffixes: ['.qcow2', '.qcow'],
    limit: [1024 * tebibyte, 'vmbridge'],
    sparse: [],
    allocated: ['preallocation=falloc'],
    compressed: [],
  },
  vhd: {
    driver: 'vpc',
    suffixes: ['.vhd'],
    limit: [2040 * 2 ** 30, 'VHD'],
    sparse: ['subformat=dynamic', exact],
    allocated: ['subformat=fixed', exact],
  },
  vhdx: {
    driver: 'vhdx',
    suffixes: ['.vhdx'],
    limit: [64 * tebibyte, 'VHDX'],
    sparse: ['subformat=dynamic'],
    allocated: ['subformat=fixed'],
  },
  vdi: {
    driver: 'vdi',
    suffixes: ['.vdi'],
    // Unsupported VDI image size (size is 0x3ff0000000000, max supported is 0x1fffff8000000)
    limit: [0x1fffff8000000, 'VDI'],
    sparse: [],
    allocated: ['static=on'],
  },
  vmdk: {
    driver: 'vmdk',
    suffixes: ['.vmdk'],
    limit: [62 * tebibyte, 'VMDK'],
    sparse: ['subformat=monolithicSparse'],
    compressed: ['subformat=streamOptimized'],
  },
};

/** The format asked for, else that of the suffix; Fault `invalid` where neither says it. */
export function chooseTargetFormat(target: string, asked: TargetFormat | undefined, field: string): TargetFormat {
  if (asked !== undefined) return asked;
  const suffix = extname(target).toLowerCase();
  const found = (Object.keys(traits) as TargetFormat[]).find(format => traits[format].suffixes.includes(suffix));
  if (found !== undefined) return found;
  throw new Fault('invalid', `The name ${target} does not say in which format the image is to be made.`, {
    remedy: `Set "${field}" to one of: ${Object.keys(traits).join(', ')}.`,
    data: { field, target },
  });
}

/** QEMU's name of a format. */
export function driverOf(format: ImageFormat): string {
  return format === 'iso' ? 'raw' : traits[format].driver;
}

/** The arguments of qemu-img that give an image its shape; Fault `invalid` or `unsupported` where the format has no such. */
export function shapeArguments(shape: ImageShape, platform: NodeJS.Platform = process.platform): string[] {
  const { format, compressed, allocate } = shape;
  if (compressed && allocate) {
    throw new Fault('invalid', 'An image is either compressed or allocated in full, not both.', {
      remedy: 'Leave one of the two out.',
      data: { field: 'allocate' },
    });
  }
  const { driver } = traits[format];
  const options = allocate ? allocatedOptions(format, platform) : chooseOptions(format, compressed);
  return [
    ...(compressed && format === 'qcow2' ? ['-c'] : []),
    ...['-O', driver],
    ...(options.length === 0 ? [] : ['-o', options.join(',')]),
  ];
}

function chooseOptions(format: TargetFormat, compressed: boolean): readonly string[] {
  const { sparse, compressed: options } = traits[format];
  if (!compressed) return sparse;
  if (options !== undefined) return options;
  throw new Fault('unsupported', `An image in the format ${format} can not be compressed.`, {
    remedy: 'Choose qcow2 or vmdk, or leave "compressed" out.',
    data: { field: 'compressed', format },
  });
}

function allocatedOptions(format: TargetFormat, platform: NodeJS.Platform): readonly string[] {
  const { allocated } = traits[format];
  // QEMU reserves no space for a file on Windows, and a flat VMDK is two files.
  if (allocated !== undefined && !(platform === 'win32' && allocated.some(option => option.startsWith('pre')))) {
    return allocated;
  }
  throw new Fault('unsupported', `An image in the format ${format} can not be allocated in full here.`, {
    remedy: 'Choose vhd, vhdx or vdi, or leave "allocate" out.',
    data: { field: 'allocate', format },
  });
}

/** Fault `unsupported` for a disk that the format can not hold; else what is worth knowing about it. */
export function checkDiskSize(format: TargetFormat, bytes: number, field: string): string[] {
  const [largest, whose] = traits[format].limit ?? [Number.MAX_SAFE_INTEGER];
  if (bytes > largest) {
    throw new Fault(
      'unsupported',
      `A disk of ${bytes} bytes is larger than the ${largest} bytes that ${whose} allows.`,
      {
        remedy: format === 'qcow2' ? 'Choose a smaller disk.' : 'Choose qcow2 as the format.',
        data: { field, format, bytes, largest },
      },
    );
  }
  if (format === 'vmdk' && bytes > 2 * tebibyte) {
    return ['The VMDK is one sparse file of a disk above 2 TiB, which VMware products may refuse.'];
  }
  if (format === 'vhd' && bytes % 2 ** 20 !== 0) {
    return ['The disk is no multiple of 1 MiB, which Azure demands of a VHD.'];
  }
  return [];
}
