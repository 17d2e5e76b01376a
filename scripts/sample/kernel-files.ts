import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { runTool } from './run-tool.ts';

/** Path of the kernel image in an unpacked kernel package. */
export function findKernelImage(root: string): string {
  const boot = join(root, 'boot');
  const name = readdirSync(boot).find(entry => entry.startsWith('vmlinuz-'));
  if (name === undefined) throw new Error(`no kernel image in ${boot}`);
  return join(boot, name);
}

async function readModule(path: string, busybox: string): Promise<Buffer> {
  if (path.endsWith('.zst')) return zstdDecompressSync(readFileSync(path));
  if (path.endsWith('.xz')) return runTool(busybox, ['unxz', '-c', path]);
  return readFileSync(path);
}

function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.xz|\.zst)?$/, '')
    .replaceAll('-', '_');
}

/**
 * The named kernel modules and those they need, in the order in which to load them.
 * A name that the kernel has built in has no file and is left out.
 */
export async function collectModules(
  root: string,
  names: string[],
  busybox: string,
): Promise<{ name: string; content: Buffer }[]> {
  const paths = new Map<string, string>();
  for (const folder of ['lib/modules', 'usr/lib/modules']) {
    for (const file of listFiles(join(root, folder))) if (file.includes('.ko')) paths.set(moduleName(file), file);
  }
  const collected = new Map<string, Buffer>();
  async function add(name: string): Promise<void> {
    const path = paths.get(name);
    if (path === undefined || collected.has(name)) return;
    const content = await readModule(path, busybox);
    // The .modinfo section holds strings such as "depends=scsi_mod,scsi_common", each ended by a zero byte.
    const depends = /\0depends=([^\0]*)\0/.exec(content.toString('latin1'))?.[1] ?? '';
    for (const needed of depends.split(',')) if (needed !== '') await add(needed.replaceAll('-', '_'));
    collected.set(name, content);
  }
  for (const name of names) await add(name);
  return [...collected].map(([name, content]) => ({ name, content }));
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
