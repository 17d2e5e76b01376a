import { access, constants, stat } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';

interface Share {
  readonly name: string;
  readonly path: string;
  readonly readOnly: boolean;
}

/** The absolute path of a disc that can be read. */
export async function checkDisc(raw: string): Promise<string> {
  const file = path.resolve(raw);
  const found = await look(file, 'iso');
  if (!found.isFile() && !found.isBlockDevice()) {
    throw new Fault('invalid', `The disc ${file} is neither a file nor a drive.`, {
      remedy: 'Name a disc image, or the device of a drive.',
      data: { field: 'iso', path: file },
    });
  }
  await mayRead(file, 'iso');
  return file;
}

/** Shared folders with absolute paths. Throws `unsupported` where QEMU has no way to share one. */
export async function checkShares(shares: readonly Share[]): Promise<Share[]> {
  if (shares.length > 0 && process.platform === 'win32') {
    throw new Fault('unsupported', 'QEMU on Windows can not share folders with a guest.', {
      remedy: 'Share the folder over the network instead, and reach the host at 10.0.2.2.',
      data: { field: 'shares' },
    });
  }
  const seen = new Set<string>();
  return Promise.all(
    shares.map(async ({ name, path: raw, readOnly }) => {
      const folder = path.resolve(raw);
      if (seen.has(name)) {
        throw new Fault('invalid', `Two shared folders have the name "${name}".`, {
          remedy: 'Give one of the two another name.',
          data: { field: 'shares' },
        });
      }
      seen.add(name);
      if (!(await look(folder, 'shares')).isDirectory()) {
        throw new Fault('invalid', `${folder} is not a folder.`, {
          remedy: 'Share the folder that the file is in.',
          data: { field: 'shares', path: folder },
        });
      }
      await mayRead(folder, 'shares');
      return { name, path: folder, readOnly };
    }),
  );
}

/** Throws `unsupported` for a QEMU that was built without 9p. */
export function requireSharing(ninep: boolean): void {
  if (ninep) return;
  throw new Fault('unsupported', 'This build of QEMU has no 9p, by which folders are shared with a guest.', {
    remedy: 'Use a QEMU with VirtFS, or share the folder over the network and reach the host at 10.0.2.2.',
    data: { field: 'shares', reason: 'no_9p' },
  });
}

async function look(file: string, field: string) {
  return stat(file).catch((cause: unknown) => {
    throw new Fault('not_found', `There is no ${file}.`, {
      remedy: `Check the path in "${field}"; a relative one starts at the working folder.`,
      data: { field, path: file },
      cause,
    });
  });
}

async function mayRead(file: string, field: string): Promise<void> {
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new Fault('denied', `${file} may not be read by this user.`, {
      remedy: 'Give this user the right to read it, or run as one who has it.',
      data: { field, path: file },
      cause,
    });
  });
}

/** Throws `invalid` when two forwards begin at the same port of the host, or one at no address. */
export function checkForwards(
  forwards: readonly { readonly protocol: string; readonly hostAddress: string; readonly hostPort: number }[],
): void {
  const seen = new Set<string>();
  for (const { protocol, hostAddress, hostPort } of forwards) {
    if (!isIPv4(hostAddress)) {
      throw new Fault('invalid', `"${hostAddress}" is no IPv4 address of a host.`, {
        remedy: 'Use 127.0.0.1 for this host alone, or 0.0.0.0 for all its addresses.',
        data: { field: 'forwards' },
      });
    }
    const key = `${protocol} ${hostPort}`;
    if (seen.has(key)) {
      throw new Fault('invalid', `The ${key.replace(' ', ' port ')} of the host is forwarded twice.`, {
        remedy: 'Choose another host port for one of the two.',
        data: { field: 'forwards' },
      });
    }
    seen.add(key);
  }
}
