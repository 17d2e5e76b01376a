import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiskPiece, writeDisk } from '../sample/disk-file.ts';
import { createFat32, rootUuid } from '../sample/file-systems.ts';
import { buildBiosGrub, efiSystemFiles, searchConfig } from '../sample/grub.ts';
import { alignment, encodeGpt, type PlannedPartition, sectorSize } from '../sample/partition-tables.ts';
import { findDebianMirror } from './debian-mirror.ts';
import { buildDebianTree, type DebianRecipe } from './debian-tree.ts';
import { embedBiosGrub } from './embed-bios-grub.ts';
import { listExtents } from './list-extents.ts';
import { addGrubMenu, createManyInodes, createRootPartition, findBlock } from './root-partition.ts';

const mebibyte = 1024 * 1024;

/** What stands where on a finished disk, in bytes from its beginning. */
export interface DebianLayout {
  readonly size: number;
  /** GRUB's menu, and what it says. */
  readonly grubMenu: number;
  readonly grubMenuText: string;
}

export interface DiskRecipe extends Omit<DebianRecipe, 'fstab'> {
  /** GRUB draws its menu. */
  readonly graphical: boolean;
  /** What the partition "locked" begins with. */
  readonly locked: Buffer;
}

export const dataUuid = '5d3f0c7e-41a9-4f0b-9b53-8c4be1a7d2f6';
/** The second one is only mounted when a variant asks for it, which then has to wait for its check. */
const fstab = `UUID=${rootUuid} / ext4 errors=remount-ro 0 1
UUID=${dataUuid} /srv ext4 defaults,noauto 0 2
`;

/**
 * Builds a raw disk with a real Debian that boots by UEFI (EFI system partition) and by BIOS (core image in a BIOS boot
 * partition). Behind the root file system there are one with very many inodes, and a partition with what was asked for.
 */
export async function layDebianDisk(work: string, raw: string, recipe: DiskRecipe): Promise<DebianLayout> {
  const mirror = await findDebianMirror();
  if (mirror === undefined) throw new Error('apt takes no Debian from anywhere');
  const tree = await buildDebianTree(work, mirror, { ...recipe, fstab });
  await addGrubMenu(tree, recipe);
  const [espFile, rootFile, dataFile] = [join(work, 'esp.fat'), join(work, 'root.ext4'), join(work, 'data.ext4')];
  const rootSize = await createRootPartition(rootFile, tree);
  const { esp, grub, root, data, locked } = planPartitions(rootSize);
  await createFat32(espFile, esp.size, 'ESP', await efiSystemFiles(searchConfig()));
  await createManyInodes(dataFile, data.size, dataUuid);
  const { bootCode, core } = embedBiosGrub(
    await buildBiosGrub(work, { prefix: '(hd0,gpt3)/boot/grub' }),
    grub.start / sectorSize,
  );
  if (core.length > grub.size) throw new Error("GRUB's core image does not fit into its partition");
  const size = data.start + data.size + alignment;
  const pieces: DiskPiece[] = [
    ...encodeGpt(size, [esp, grub, root, locked, data]),
    { offset: 0, content: bootCode },
    { offset: esp.start, file: espFile },
    { offset: grub.start, content: core },
    { offset: root.start, file: rootFile },
    { offset: locked.start, content: recipe.locked },
  ];
  writeDisk(raw, size, pieces);
  await copyData(dataFile, raw, data.start);
  const grubMenu = root.start + (await findBlock(rootFile, '/boot/grub/grub.cfg'));
  return { size, grubMenu, grubMenuText: readFileSync(join(tree, 'boot/grub/grub.cfg'), 'latin1') };
}

function planPartitions(rootSize: number) {
  const plan = { end: alignment };
  const next = (kind: PlannedPartition['kind'], name: string, size: number): PlannedPartition => {
    const start = plan.end;
    plan.end += size;
    return { kind, name, start, size };
  };
  return {
    esp: next('esp', 'EFI System', 40 * mebibyte),
    grub: next('bios-boot', 'BIOS boot', mebibyte),
    root: next('linux', 'root', rootSize),
    locked: next('linux', 'locked', 4 * mebibyte),
    data: next('linux', 'data', 4 * 1024 * mebibyte),
  };
}

/** Copies what is in a file onto the disk; its holes are not even read. */
async function copyData(file: string, raw: string, start: number): Promise<void> {
  const [source, disk] = [await open(file, 'r'), await open(raw, 'r+')];
  try {
    for (const { offset, length } of await listExtents(file)) {
      for (let at = offset; at < offset + length; at += mebibyte) {
        const buffer = Buffer.alloc(Math.min(mebibyte, offset + length - at));
        await source.read(buffer, 0, buffer.length, at);
        await disk.write(buffer, 0, buffer.length, start + at);
      }
    }
  } finally {
    await source.close();
    await disk.close();
  }
}
