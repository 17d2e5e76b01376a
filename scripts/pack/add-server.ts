import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildServer } from '../build/build-server.ts';
import { addKeyring } from './add-keyring.ts';
import { addNode } from './add-node.ts';

/** The server, built from the source as it is. */
export async function addServer(root: string, folder: string, withNode: boolean): Promise<void> {
  await mkdir(folder);
  await buildServer(folder);
  // Node would ask the folders above for one, and take these files for CommonJS if it said so.
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  if (!withNode) return;
  await addNode(root, folder);
  await addKeyring(root, folder);
}
