import { readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildOnce, contentKey, imageFolder } from './build-cache.ts';
import { unpackKernel } from './debian-packages.ts';
import { convertDisk, type DiskFormat, type DiskPiece, writeDisk } from './disk-file.ts';
import { createExt4, createFat32, type FileTree, rootUuid } from './file-systems.ts';
import { bootConfig, buildBiosGrub, efiSystemFiles, emptyEnvironment, misleadingConfig, searchConfig } from './grub.ts';
import { consoleParameters, type GuestOptions, systemFiles } from './guest-files.ts';
import { buildInitialRoot } from './initial-root.ts';
import { findKernelImage } from './kernel-files.ts';
import { alignment, encodeGpt, encodeMbr, type PlannedPartition } from './partition-tables.ts';

const mebibyte = 1024 * 1024;

export interface SystemRecipe extends GuestOptions {
  firmware: 'uefi' | 'bios';
  /** What is wrong with the boot loader; absent when nothing is. */
  loaderFault?: 'no-config' | 'no-such-device' | undefined;
  /** Leaves the initial root file system away, so that the kernel finds no root and panics. */
  withoutInitialRoot?: boolean | undefined;
  /** UEFI only: the kernel itself is the boot program, with no boot loader. */
  kernelAsBootProgram?: boolean | undefined;
  extraParameters?: string[] | undefined;
}

/** One way to store a disk: format and qemu-img's options for it. */
export interface Storage {
  format: DiskFormat;
  options?: readonly string[] | undefined;
}

/** Where such a disk is kept, whether it is built yet or not. */
export function nameImage(name: string, request: unknown, storage: Storage): string {
  const extension = storage.format === 'vpc' ? 'vhd' : storage.format === 'raw' ? 'img' : storage.format;
  return join(imageFolder, `${name}-${contentKey({ name, request, storage })}.${extension}`);
}

/** Builds a named disk once and keeps it; `lay` gives its size and its pieces. */
export async function buildDisk(
  name: string,
  request: unknown,
  storage: Storage,
  lay: (workFolder: string) => Promise<{ size: number; pieces: DiskPiece[] }>,
): Promise<string> {
  const target = nameImage(name, request, storage);
  return buildOnce(target, async work => {
    const raw = join(work, 'disk.raw');
    const { size, pieces } = await lay(work);
    writeDisk(raw, size, pieces);
    const result = join(work, basename(target));
    if (storage.format === 'raw') renameSync(raw, result);
    else await convertDisk(raw, result, storage.format, storage.options ?? []);
    return result;
  });
}

/** Builds a disk with a boot loader, a Linux kernel and a tiny guest; gives the image's path. */
export async function buildSystemDisk(name: string, recipe: SystemRecipe, storage: Storage): Promise<string> {
  return buildDisk(name, recipe, storage, work =>
    recipe.firmware === 'uefi' ? layUefiDisk(work, recipe) : layBiosDisk(work, recipe),
  );
}

function kernelParameters(recipe: SystemRecipe): string {
  const extra = recipe.extraParameters ?? [];
  return [`root=UUID=${rootUuid}`, 'ro', consoleParameters(recipe.console), 'panic=0', ...extra].join(' ');
}

async function systemTree(recipe: SystemRecipe): Promise<FileTree> {
  const kernelRoot = await unpackKernel();
  const initialRoot = recipe.withoutInitialRoot !== true;
  const tree: FileTree = {
    ...systemFiles(recipe.hostname, rootUuid),
    'boot/vmlinuz': readFileSync(findKernelImage(kernelRoot)),
  };
  if (initialRoot) tree['boot/initrd.img'] = await buildInitialRoot(kernelRoot, recipe);
  if (recipe.loaderFault !== 'no-config') {
    tree['boot/grub/grub.cfg'] = bootConfig(kernelParameters(recipe), {
      initialRoot,
      serial: recipe.console !== 'screen',
    });
    tree['boot/grub/grubenv'] = emptyEnvironment;
  }
  return tree;
}

const rootSize = 48 * mebibyte;

async function layUefiDisk(work: string, recipe: SystemRecipe) {
  const esp: PlannedPartition = { kind: 'esp', name: 'EFI System', start: alignment, size: 40 * mebibyte };
  const root: PlannedPartition = { kind: 'linux', name: 'root', start: esp.start + esp.size, size: rootSize };
  const size = root.start + root.size + alignment;
  const espFile = join(work, 'esp.fat');
  const rootFile = join(work, 'root.ext4');
  await createFat32(espFile, esp.size, 'ESP', await espTree(recipe));
  await createExt4(rootFile, root.size, 'vmbridge-root', await systemTree(recipe));
  const pieces: DiskPiece[] = [
    ...encodeGpt(size, [esp, root]),
    { offset: esp.start, file: espFile },
    { offset: root.start, file: rootFile },
  ];
  return { size, pieces };
}

async function espTree(recipe: SystemRecipe): Promise<FileTree> {
  if (recipe.kernelAsBootProgram)
    return { 'EFI/BOOT/BOOTX64.EFI': readFileSync(findKernelImage(await unpackKernel())) };
  if (recipe.loaderFault === 'no-config') return efiSystemFiles(undefined);
  if (recipe.loaderFault === undefined) return efiSystemFiles(searchConfig());
  return efiSystemFiles(misleadingConfig(kernelParameters(recipe)));
}

async function layBiosDisk(work: string, recipe: SystemRecipe) {
  const root: PlannedPartition = { kind: 'linux', name: 'root', start: alignment, size: rootSize };
  const size = root.start + root.size + alignment;
  const rootFile = join(work, 'root.ext4');
  await createExt4(rootFile, root.size, 'vmbridge-root', await systemTree(recipe));
  const broken = recipe.loaderFault === 'no-such-device';
  const { bootCode, core } = await buildBiosGrub(work, {
    prefix: broken ? '(hd0,msdos3)/boot/grub' : '(hd0,msdos1)/boot/grub',
    rescueOnly: broken,
  });
  if (core.length > alignment - 512)
    throw new Error(`GRUB's core image (${core.length} bytes) does not fit before the first partition`);
  const pieces: DiskPiece[] = [
    { offset: 0, content: encodeMbr(bootCode, [root]) },
    { offset: 512, content: core },
    { offset: root.start, file: rootFile },
  ];
  return { size, pieces };
}
