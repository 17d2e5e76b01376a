import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addServer } from './add-server.ts';
import { copyModule } from './copy-module.ts';
import { modulePackage } from './module-package.ts';
import type { PackOptions } from './options.ts';
import { readManifest } from './read-manifest.ts';
import { replaceFolder } from './replace-folder.ts';

export interface Packed {
  readonly moduleFolder: string;
  readonly archive: string;
}

/** Everything is made in a folder beside the one that is wanted, and gets its name at the end. */
export async function packPowerShell(root: string, { out, withNode }: PackOptions): Promise<Packed> {
  const source = path.join(root, 'ps-module/VmBridge');
  const { version, guid } = await readManifest(source);
  const archive = `VmBridge.${version}.nupkg`;
  await replaceFolder(out, guid, async draft => {
    const moduleFolder = path.join(draft, 'VmBridge');
    await mkdir(moduleFolder);
    await copyModule(root, source, moduleFolder);
    await addServer(root, path.join(moduleFolder, 'server'), withNode);
    await writeFile(path.join(draft, archive), await modulePackage(moduleFolder));
  });
  return { moduleFolder: path.join(out, 'VmBridge'), archive: path.join(out, archive) };
}
