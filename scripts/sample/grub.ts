import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from './debian-packages.ts';
import { type FileTree, rootUuid } from './file-systems.ts';
import { runTool } from './run-tool.ts';

/**
 * The EFI system partition's files: the distribution's own ready-made GRUB, which reads its first configuration from
 * /EFI/<distribution>/grub.cfg (Debian's prefix is /EFI/debian, Ubuntu's /EFI/ubuntu).
 */
export async function efiSystemFiles(firstConfig: string | undefined): Promise<FileTree> {
  const root = await unpackPackage('grub-efi-amd64-bin');
  const image = readFileSync(join(root, 'usr/lib/grub/x86_64-efi/monolithic/grubx64.efi'));
  const folder = /\/EFI\/[a-z]+(?=\0)/.exec(image.toString('latin1'))?.[0] ?? '/EFI/debian';
  const files: FileTree = { 'EFI/BOOT/BOOTX64.EFI': image };
  if (firstConfig !== undefined) files[`${folder.slice(1)}/grub.cfg`] = firstConfig;
  return files;
}

/** The stub that finds the root file system and goes on with the configuration there. */
export function searchConfig(): string {
  return `search.fs_uuid ${rootUuid} root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n`;
}

/** A configuration whose only entry looks for a file system that this disk does not have, as after a careless clone. */
export function misleadingConfig(kernelParameters: string): string {
  const search = '  search --no-floppy --fs-uuid --set=root 7c0e0d1a-93b1-4d26-8a55-0c6f1e2b3d4f';
  const lines = ["menuentry 'vmbridge sample' {", search, `  linux /boot/vmlinuz ${kernelParameters}`, '}'];
  return `set timeout=0\n${lines.join('\n')}\n`;
}

/** GRUB's configuration on the root file system. It writes to the disk (grubenv), as a real system's boot loader may. */
export function bootConfig(kernelParameters: string, options: { initialRoot: boolean; serial: boolean }): string {
  const lines = [
    'set timeout=0',
    ...(options.serial ? ['serial --unit=0 --speed=115200', 'terminal_output console serial'] : []),
    'load_env',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GRUB's own variables.
    'set boots="1${boots}"',
    'save_env boots',
    "menuentry 'vmbridge sample' {",
    '  echo "Loading Linux ..."',
    `  linux /boot/vmlinuz ${kernelParameters}`,
    ...(options.initialRoot ? ['  echo "Loading initial ramdisk ..."', '  initrd /boot/initrd.img'] : []),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** An empty environment block: GRUB overwrites it in place, so it must have its full 1024 bytes. */
export const emptyEnvironment = '# GRUB Environment Block\n'.padEnd(1024, '#');

/** Everything that is needed to boot; `normal` left out makes GRUB look for it under its prefix. */
const rescueModules = ['biosdisk', 'part_msdos', 'part_gpt', 'ext2'];
const normalModules = [
  'normal',
  'linux',
  'configfile',
  'loadenv',
  'echo',
  'search',
  'search_fs_uuid',
  'serial',
  'test',
];

/** GRUB for BIOS: the boot sector's code, and the core image that belongs on the sectors right after it. */
export async function buildBiosGrub(
  workFolder: string,
  options: { prefix: string; rescueOnly?: boolean },
): Promise<{ bootCode: Buffer; core: Buffer }> {
  const folder = join(await unpackPackage('grub-pc-bin'), 'usr/lib/grub/i386-pc');
  if (!existsSync(folder)) throw new Error(`grub-pc-bin has no ${folder}`);
  const output = join(workFolder, 'core.img');
  const modules = options.rescueOnly ? rescueModules : [...rescueModules, ...normalModules];
  await runTool('grub-mkimage', ['-O', 'i386-pc', '-d', folder, '-p', options.prefix, '-o', output, ...modules]);
  return { bootCode: readFileSync(join(folder, 'boot.img')), core: readFileSync(output) };
}
