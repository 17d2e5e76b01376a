import type { ByteReader } from '../source/byte-reader.ts';
import { sliceReader } from '../source/slice-reader.ts';
import { openFat } from '../volumes/fat/open-fat.ts';
import { isEfiSystem } from './find-clues.ts';
import { type EfiFile, findEfiFiles } from './find-efi-files.ts';
import type { DiskVolume } from './find-volumes.ts';
import type { ElToritoEntry } from './read-el-torito.ts';
import type { Notes } from './tolerate.ts';

const mostVolumes = 4;
/** The largest boot image on an optical disc that is looked into: a FAT volume says itself how long it is. */
const longestBootImage = 256 * 1024 * 1024;

/**
 * The EFI programs of a disk: those on its EFI system partitions, else those on any FAT file system, where firmware looks as well;
 * on an optical disc those in the boot images and on the disc itself.
 */
export async function findBootFiles(
  disk: ByteReader,
  volumes: readonly DiskVolume[],
  elTorito: readonly ElToritoEntry[],
  notes: Notes,
  signal?: AbortSignal,
): Promise<EfiFile[]> {
  const found: EfiFile[] = [];
  for (const entry of elTorito.filter(each => each.platform === 'uefi')) {
    const image = sliceReader(disk, entry.offset, longestBootImage);
    const read = async () => await findEfiFiles(await openFat(image, signal), signal);
    found.push(...(await notes.tolerate('The EFI boot image of the disc', [], read)));
  }
  const systems = volumes.filter(isEfiSystem);
  const fat = volumes.filter(volume => volume.kind?.fileSystem.startsWith('fat'));
  const disc = elTorito.length > 0 ? volumes.filter(volume => volume.kind?.fileSystem === 'iso9660') : [];
  const searched = new Set([...(systems.length > 0 ? systems : fat).slice(0, mostVolumes), ...disc]);
  for (const volume of searched) {
    const files = volume.files;
    if (!files) continue;
    found.push(...(await notes.tolerate(`The folder /EFI of ${volume.name}`, [], () => findEfiFiles(files, signal))));
  }
  const seen = new Set<string>();
  return found.filter(({ path }) => !seen.has(path) && seen.add(path));
}
