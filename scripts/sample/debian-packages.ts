import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, cacheFolder } from './build-cache.ts';
import { runTool } from './run-tool.ts';

/** As root, apt would download as the user _apt, who cannot enter the work folder. */
const downloadOptions = ['-o', 'APT::Sandbox::User=root', '-q'];

/** True when the package lists know the name. */
async function isKnown(name: string): Promise<boolean> {
  const shown = await runTool('apt-cache', ['show', '--no-all-versions', name]).catch(() => Buffer.alloc(0));
  return shown.includes('\nFilename: ');
}

/**
 * Fetches a package with the system's own client and unpacks it into the cache, without installing anything.
 * Gives the folder that stands for `/`.
 */
export async function unpackPackage(name: string): Promise<string> {
  return buildOnce(join(cacheFolder, 'packages', name), async work => {
    await runTool('apt-get', [...downloadOptions, 'download', name], { cwd: work });
    const file = readdirSync(work).find(entry => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get download ${name} left no package in ${work}`);
    const root = join(work, 'root');
    mkdirSync(root);
    await runTool('dpkg-deb', ['-x', join(work, file), root]);
    return root;
  });
}

/** Small kernels first; the names are those of Debian, then Ubuntu. */
const kernelPackages = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-amd64', 'linux-image-generic'];

/**
 * The kernel's image and its modules, from the first kernel package that this system offers.
 * The names above are empty packages that depend on the real one: Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2).
 */
export async function unpackKernel(): Promise<string> {
  return buildOnce(join(cacheFolder, 'packages', 'kernel'), async work => {
    const root = join(work, 'kernel');
    for (const name of kernelPackages) {
      if (!(await isKnown(name))) continue;
      const depends = (await runTool('apt-cache', ['depends', '--important', name])).toString();
      const image = /Depends: (linux-image-\d\S*)/.exec(depends)?.[1];
      if (image === undefined) continue;
      const unpacked = await unpackPackage(image);
      const parts = [unpacked];
      const modules = image.replace(/^linux-image-(unsigned-)?/, 'linux-modules-');
      if (!hasModules(unpacked) && (await isKnown(modules))) parts.push(await unpackPackage(modules));
      mkdirSync(root);
      for (const part of parts) await runTool('cp', ['-a', '-l', `${part}/.`, root]);
      return root;
    }
    throw new Error(`none of these packages is known to apt: ${kernelPackages.join(', ')}`);
  });
}

function hasModules(root: string): boolean {
  return ['lib', 'usr/lib'].some(folder => {
    try {
      return readdirSync(join(root, folder, 'modules')).length > 0;
    } catch {
      return false;
    }
  });
}
