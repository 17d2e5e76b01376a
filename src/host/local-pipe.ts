import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';

/** An address on this machine that only this user can reach. */
export interface LocalPipe {
  readonly kind: 'socket' | 'pipe';
  /** What `net.connect` and `net.Server.listen` take. */
  readonly path: string;
  /** On Windows the bare name of the pipe, as other programs want it; elsewhere the path. */
  readonly name: string;
}

// sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the closing zero.
const longestSocketPath = 100;

/**
 * A fresh address that belongs to `folder`, which only its owner may enter. On Windows: a pipe with a name that can not
 * be guessed. Elsewhere: a socket in that folder, or, when its path would be too long, in the folder's short stand-in.
 */
export async function createLocalPipe(
  folder: string,
  purpose: string,
  platform: NodeJS.Platform = process.platform,
): Promise<LocalPipe> {
  if (platform === 'win32') {
    const name = `vmbridge-${randomUUID()}`;
    return { kind: 'pipe', path: `\\\\.\\pipe\\${name}`, name };
  }
  const direct = join(folder, `${purpose}.sock`);
  if (Buffer.byteLength(direct) <= longestSocketPath) return { kind: 'socket', path: direct, name: direct };
  const short = getShortFolder(folder);
  await makePrivateFolder(short);
  const path = join(short, `${purpose}.sock`);
  return { kind: 'socket', path, name: path };
}

/** Where sockets of a folder with a long path are kept. Derived from that path, so that whoever removes one finds the other. */
export function getShortFolder(folder: string): string {
  const name = `vmbridge-${createHash('sha256').update(folder).digest('hex').slice(0, 20)}`;
  const path = join(tmpdir(), name);
  return Buffer.byteLength(path) <= 80 ? path : join('/tmp', name);
}

async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  // Everybody may write into /tmp: a folder that somebody else put there is not used.
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Fault('host_fault', `The folder ${path} for private sockets is not this user's own.`, {
      remedy: `Remove ${path}, or set TMPDIR to a folder of your own.`,
    });
  }
}
