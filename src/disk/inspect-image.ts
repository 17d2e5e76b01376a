import { escapeControls } from '../errors/escape.ts';
import type { ImageInspection, Obstacle, Partition } from '../model/image.ts';
import { describeLayers } from './describe-layers.ts';
import type { DiskImage } from './disk-image.ts';
import { bootObstacles } from './guest/boot-obstacles.ts';
import { type BootChoice, chooseDiscFirmware, chooseDiskFirmware } from './guest/choose-firmware.ts';
import { findBootFiles } from './guest/find-boot-files.ts';
import { efiClues, findClues } from './guest/find-clues.ts';
import { type DiskVolume, type FoundVolumes, findVolumes } from './guest/find-volumes.ts';
import { identifySystem } from './guest/identify-system.ts';
import { plainText } from './guest/plain-text.ts';
import { readElTorito } from './guest/read-el-torito.ts';
import { Notes } from './guest/tolerate.ts';
import { type OpenOptions, openImage } from './open-image.ts';
import type { ByteReader } from './source/byte-reader.ts';
import { cachePages } from './source/cache-pages.ts';
import { typeName } from './tables/type-names.ts';

const mostVolumes = 32;

/**
 * Everything that an image says about itself without being started: format, sizes, partitions, file systems, boot files, the
 * system on it and what stands in the way of booting it. Reads a few MiB at most and changes nothing. Throws the Faults of
 * `openImage`; what is damaged further inside is told in `obstacles`.
 */
export async function inspectImage(path: string, options: OpenOptions = {}): Promise<ImageInspection> {
  const image = await openImage(path, options);
  try {
    return await inspectOpenImage(image, options.signal);
  } finally {
    await image.close();
  }
}

async function inspectOpenImage(image: DiskImage, signal?: AbortSignal): Promise<ImageInspection> {
  const notes = new Notes();
  const disk = cachePages({
    path: image.path,
    size: image.virtualSize,
    read: (offset, length, stop) => image.read(offset, length, stop),
  });
  const found = await findVolumes(disk, image.sectorSize, notes, signal);
  const readCatalogue = async () => (image.format === 'iso' ? await readElTorito(disk, signal) : []);
  const elTorito = await notes.tolerate('The boot catalogue', [], readCatalogue);
  const efiFiles = await findBootFiles(disk, found.volumes, elTorito, notes, signal);
  const clues = efiClues(efiFiles);
  for (const volume of distinctVolumes(found)) clues.push(...(await findClues(volume, notes, signal)));
  const choice =
    image.format === 'iso'
      ? chooseDiscFirmware(elTorito, efiFiles)
      : await chooseDiskFirmware(await readFirstSector(disk, notes, signal), found, efiFiles, notes, signal);
  const partitions = found.volumes.flatMap(describePartition);
  const wholeDisk = found.table.kind === 'none' ? found.volumes[0]?.kind?.fileSystem : undefined;
  return {
    ...describeImage(image, found, choice),
    layers: await describeLayers(image, signal),
    partitions,
    efiBootFiles: efiFiles.map(file => plainText(file.path)),
    system: identifySystem(clues),
    obstacles: plainObstacles([
      ...image.obstacles,
      ...found.table.obstacles,
      ...notes.obstacles,
      ...bootObstacles({
        path: image.path,
        choice,
        partitions,
        wholeDisk,
        efiFiles,
        virtualSize: image.virtualSize,
        isUnread: found.volumes.some(volume => volume.isUnread),
      }),
    ]),
  };
}

/** Messages name files that an image itself names, so they are made safe to show. */
function plainObstacles(obstacles: readonly Obstacle[]): Obstacle[] {
  return obstacles.map(obstacle => ({ ...obstacle, message: escapeControls(obstacle.message) }));
}

/** The volumes to look into: each place once, and no more than real disks have. */
function distinctVolumes({ volumes }: FoundVolumes): DiskVolume[] {
  const byStart = new Map(volumes.map(volume => [volume.entry?.start ?? -1, volume]));
  return [...byStart.values()].slice(0, mostVolumes);
}

function describeImage(image: DiskImage, found: FoundVolumes, choice: BootChoice) {
  return {
    path: image.path,
    format: image.format,
    ...(image.variant === undefined ? {} : { variant: image.variant }),
    virtualSize: image.virtualSize,
    fileSize: image.fileSize,
    sectorSize: image.sectorSize,
    parents: [...image.parents],
    partitionTable: found.table.kind,
    ...(choice.firmware === undefined ? {} : { firmware: choice.firmware }),
    ...(choice.otherFirmware === undefined ? {} : { otherFirmware: choice.otherFirmware }),
    bootable: choice.bootable,
  };
}

function describePartition({ entry, kind }: DiskVolume): Partition[] {
  if (!entry) return [];
  return [
    {
      number: entry.number,
      start: entry.start,
      size: entry.size,
      type: entry.type,
      typeName: typeName(entry.type),
      ...(entry.name === undefined ? {} : { name: plainText(entry.name) }),
      active: entry.active,
      ...(kind === undefined ? {} : { fileSystem: kind.fileSystem }),
      ...(kind?.label === undefined ? {} : { label: plainText(kind.label) }),
    },
  ];
}

async function readFirstSector(disk: ByteReader, notes: Notes, signal?: AbortSignal): Promise<Buffer> {
  const empty = Buffer.alloc(512);
  if (disk.size < 512) return empty;
  return await notes.tolerate('The first sector', empty, () => disk.read(0, 512, signal));
}
