import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from '../sample/debian-packages.ts';
import { rootUuid } from '../sample/file-systems.ts';
import { runTool } from '../sample/run-tool.ts';
import { encodeGrubMenu } from './grub-menu.ts';

const mebibyte = 1024 * 1024;

/** Gives the tree GRUB's menu, and what GRUB shows a graphical one with. */
export async function addGrubMenu(tree: string, options: { readonly graphical: boolean }): Promise<void> {
  const kernel = readdirSync(join(tree, 'boot')).find(name => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`no kernel in ${tree}/boot`);
  mkdirSync(join(tree, 'boot/grub/fonts'), { recursive: true });
  writeFileSync(join(tree, 'boot/grub/grub.cfg'), encodeGrubMenu(kernel.replace('vmlinuz-', ''), options));
  if (!options.graphical) return;
  const font = join(await unpackPackage('grub-common'), 'usr/share/grub/unicode.pf2');
  copyFileSync(font, join(tree, 'boot/grub/fonts/unicode.pf2'));
}

/** Makes `file` an ext4 file system with room to spare that holds the tree; gives its size. Nothing is mounted. */
export async function createRootPartition(file: string, tree: string): Promise<number> {
  const used = Number((await runTool('du', ['-sm', tree])).toString().split('\t')[0]);
  const size = Math.ceil((used * 1.3 + 200) / 64) * 64 * mebibyte;
  await createExt4(file, size, ['-U', rootUuid, '-L', 'root', '-d', tree]);
  // It has directories to tidy up: a guest that finds that restarts itself. Status 1 says that something was mended.
  await runTool('sh', ['-c', 'e2fsck -f -y "$0"; test $? -le 1', file]);
  return size;
}

/**
 * Makes `file` an empty ext4 file system with one inode a KiB, mounted more often than allowed without a check: little on
 * the host, and long to check for a guest.
 */
export async function createManyInodes(file: string, size: number, uuid: string): Promise<void> {
  const features = ['-O', '^uninit_bg,^metadata_csum,^has_journal', '-E', 'lazy_itable_init=1'];
  await createExt4(file, size, ['-U', uuid, '-i', '1024', ...features]);
  await runTool('tune2fs', ['-c', '10', '-C', '99', file]);
}

async function createExt4(file: string, size: number, options: readonly string[]): Promise<void> {
  await runTool('truncate', ['-s', String(size), file]);
  await runTool('mkfs.ext4', ['-q', '-F', '-b', '4096', '-m', '0', ...options, file]);
}

/** Where a file's one block begins in an ext4 file system, in bytes. */
export async function findBlock(fileSystem: string, path: string): Promise<number> {
  const blocks = (await runTool('debugfs', ['-R', `blocks ${path}`, fileSystem])).toString().trim().split(/\s+/);
  const [block] = blocks;
  if (blocks.length !== 1 || block === undefined || !/^\d+$/.test(block)) {
    throw new Error(`${path} has not one block but ${blocks.join(' ')}`);
  }
  return Number(block) * 4096;
}
