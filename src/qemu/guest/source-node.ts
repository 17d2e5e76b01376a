import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import { readQcow2References } from './qcow2-references.ts';
import { readVmdkReferences } from './vmdk-references.ts';

/** A description of a block node as `-blockdev` takes it; parts are nested, so that no path is ever parsed. */
export type BlockNode = Readonly<Record<string, unknown>>;

const drivers: Readonly<Record<ImageFormat, string>> = {
  vhdx: 'vhdx',
  vhd: 'vpc',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  raw: 'raw',
  iso: 'raw',
};

const deepestChain = 64;

/** Describes an image with all that it stands on, to be opened for reading only. Names in its header are plain paths. */
export async function describeSource(path: string, format: ImageFormat): Promise<BlockNode> {
  return describeFile(resolve(path), drivers[format], []);
}

/** The same for a new image that stands on nothing, whether it is there already or not. */
export function describeNewImage(path: string, format: ImageFormat): BlockNode {
  const driver = drivers[format];
  return {
    driver,
    'read-only': true,
    file: describeStored('file', path),
    ...(driver === 'qcow2' && { backing: null }),
  };
}

function describeStored(driver: 'file' | 'host_device', filename: string): BlockNode {
  return { driver, filename, 'read-only': true, 'auto-read-only': false };
}

async function describeFile(path: string, driver: string, children: readonly string[]): Promise<BlockNode> {
  if (children.includes(path) || children.length >= deepestChain) {
    throw new Fault('invalid', `The image ${children[0]} has a chain of backing files that never ends.`, {
      data: { path },
    });
  }
  const node = { driver, 'read-only': true, file: await describeStorage(path, children.at(-1)) };
  if (driver === 'vmdk') await checkVmdk(path);
  if (driver !== 'qcow2') return node;
  const { backing, dataFile } = await readQcow2References(path);
  return {
    ...node,
    ...(dataFile !== undefined && { 'data-file': await describeStorage(locate(dataFile, path), path) }),
    backing: backing ? await describeBacking(backing, path, [...children, path]) : null,
  };
}

async function describeBacking(
  { name, format }: { name: string; format: string | undefined },
  child: string,
  children: readonly string[],
): Promise<BlockNode> {
  const path = locate(name, child);
  const known = Object.values(drivers);
  if (format !== undefined && !known.includes(format)) {
    throw new Fault(
      'unsupported',
      `The image ${child} stands on a file in the format "${format}", which is not supported.`,
      {
        data: { backing: path, format },
      },
    );
  }
  // Older tools left the format out; a file without the mark of qcow2 is then raw, as QEMU itself would guess.
  if (format === undefined) await describeStorage(path, child);
  const guessed = format ?? ((await isQcow2(path)) ? 'qcow2' : 'raw');
  return describeFile(path, guessed, children);
}

async function describeStorage(path: string, child: string | undefined): Promise<BlockNode> {
  const found = await stat(path).catch((error: unknown) => {
    throw describeAccess(path, child, error);
  });
  if (!found.isFile() && !found.isBlockDevice()) {
    throw new Fault('invalid', `The image ${path} is neither a file nor a block device.`, { data: { path } });
  }
  return describeStored(found.isBlockDevice() ? 'host_device' : 'file', path);
}

function describeAccess(path: string, child: string | undefined, cause: unknown): Fault {
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const data = { path, child, systemCode };
  const role = child === undefined ? `The image ${path}` : `The file ${path}, on which the image ${child} stands,`;
  if (systemCode === 'EACCES' || systemCode === 'EPERM')
    return new Fault('denied', `${role} may not be read.`, {
      remedy: 'Give this user the right to read it, or run as one who has it.',
      data,
      cause,
    });
  if (systemCode === 'ENOENT' || systemCode === 'ENOTDIR') {
    const remedy =
      child === undefined ? 'Check the path, and put the file back if it was moved.' : `Put it back to ${path}.`;
    return new Fault('not_found', `${role} does not exist.`, { remedy, data, cause });
  }
  const remedy = 'Name an image file, and check the disk that holds it.';
  return new Fault('invalid', `${role} cannot be opened.`, { remedy, data, cause });
}

/** The path that a name inside `child` stands for. Anything but a path (`nbd:…`, `json:…`) would have QEMU reach out. */
function locate(name: string, child: string): string {
  const plain = name.startsWith('file:') ? name.slice('file:'.length) : name;
  const isDrive = process.platform === 'win32' && /^[A-Za-z]:[\\/]/.test(plain);
  if (plain === name && !isDrive && /^[^/\\]*:/.test(plain)) {
    throw new Fault('unsupported', `The image ${child} refers to something that is not a local file.`, {
      remedy: 'Convert it with qemu-img into an image that stands alone.',
      data: { path: child, reference: name },
    });
  }
  return resolve(dirname(child), plain);
}

async function checkVmdk(path: string): Promise<void> {
  for (const name of await readVmdkReferences(path)) locate(name, path);
}

async function isQcow2(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'QFI\xfb';
  } finally {
    await file.close();
  }
}
