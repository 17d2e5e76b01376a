import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Puts the library for the system's store of secrets into the server's folder, as it is installed here: it is native code, made for
 * this platform. Where it is not installed, programs of the system ask the store, as they do from a module without it.
 */
export async function addKeyring(root: string, folder: string): Promise<void> {
  const scope = 'node_modules/@napi-rs';
  const installed = await readdir(path.join(root, scope)).catch(() => []);
  const packages = installed.filter(name => /^keyring(-|$)/.test(name));
  for (const name of packages) {
    await cp(path.join(root, scope, name), path.join(folder, scope, name), { recursive: true, dereference: true });
  }
}
