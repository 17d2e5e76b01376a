import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureNewerNode, packagedNode } from '../setup/newer-node.mjs';
import { PackError } from './pack-error.ts';

/** Puts the Node that runs vmbridge here, which has the version of this repository where it can, into the server's folder. */
export async function addNode(root: string, folder: string): Promise<void> {
  const program = await ensureNewerNode();
  const license = program === packagedNode() ? await packagedLicense(root) : findLicense(licensePlaces(program));
  if (license === undefined) {
    throw new PackError(
      `There is no licence beside ${program}, and Node may not be passed on without it.`,
      'Run "npm rebuild node", which installs a Node with its licence, or leave out --with-node.',
    );
  }
  const target = path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  await copyFile(program, target);
  await chmod(target, 0o755);
  await copyFile(license, path.join(folder, 'NODE-LICENSE.txt'));
}

/** Beside the program on Windows, above it in Node's own archives, with the documents in a distribution. */
function licensePlaces(program: string): string[] {
  const above = path.resolve(program, '../..');
  return [path.dirname(program), above, path.join(above, 'share/doc/nodejs')];
}

/** The package `node` gets its program from one for the platform, which has the licence, and which a later `npm install` removes. */
async function packagedLicense(root: string): Promise<string | undefined> {
  const folder = path.join(root, 'node_modules/node');
  const find = async () => findLicense(await platformPackages(path.join(folder, 'node_modules')));
  const found = await find();
  if (found !== undefined) return found;
  const script = path.join(folder, 'installArchSpecificPackage.js');
  await promisify(execFile)(process.execPath, [script], { cwd: folder }).catch(() => {});
  return find();
}

async function platformPackages(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => name.startsWith('node-')).map(name => path.join(folder, name));
}

function findLicense(places: readonly string[]): string | undefined {
  return places
    .flatMap(place => ['LICENSE', 'copyright'].map(name => path.join(place, name)))
    .find(file => existsSync(file));
}
