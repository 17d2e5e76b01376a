import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { runTool } from './run-tool.ts';

/** Content by path inside the file system, without a leading slash. */
export type FileTree = Record<string, Buffer | string>;

export const rootUuid = '2f1d8c5e-6b0a-4c58-8e3f-5b9d0a7c1e42';

/** Named one by one because the defaults differ between releases, and older GRUBs refuse what newer mkfs versions switch on. */
const ext4Features = [
  'none',
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
].join(',');

function writeTree(folder: string, tree: FileTree): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function createEmptyFile(path: string, size: number): void {
  writeFileSync(path, '');
  truncateSync(path, size);
}

/** Makes `file` an ext4 file system of `size` bytes that holds `tree`; neither mounting nor root rights are needed. */
export async function createExt4(file: string, size: number, label: string, tree: FileTree): Promise<void> {
  const folder = `${file}.tree`;
  writeTree(folder, tree);
  createEmptyFile(file, size);
  const options = ['-E', 'root_owner=0:0,nodiscard', '-O', ext4Features, '-I', '256', '-m', '0', '-U', rootUuid];
  await runTool('mkfs.ext4', ['-q', '-F', '-b', '4096', ...options, '-L', label, '-d', folder, file]);
}

/** Makes `file` a FAT32 file system of `size` bytes that holds `tree`. */
export async function createFat32(file: string, size: number, label: string, tree: FileTree): Promise<void> {
  const folder = `${file}.tree`;
  writeTree(folder, tree);
  createEmptyFile(file, size);
  // One sector a cluster keeps a small volume above the 65,525 clusters that make it FAT32.
  await runTool('mformat', [
    '-i',
    file,
    '-F',
    '-c',
    '1',
    '-T',
    String(size / 512),
    '-v',
    label,
    '-N',
    '564d4252',
    '::',
  ]);
  const folders = new Set<string>();
  for (const path of Object.keys(tree)) {
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) folders.add(parent);
  }
  const ordered = [...folders].sort().map(path => `::${path}`);
  if (ordered.length > 0) await runTool('mmd', ['-i', file, ...ordered]);
  for (const path of Object.keys(tree)) await runTool('mcopy', ['-i', file, join(folder, path), `::${path}`]);
}
