import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../errors/fault.ts';
import type { ImageFormat, Obstacle } from '../../model/image.ts';
import type { DiskImage } from '../disk-image.ts';
import type { FollowedParent } from './format.ts';

/** Opens a parent by its full path. */
export type OpenParent = (path: string, format?: ImageFormat) => Promise<DiskImage>;

/** Finds and opens the parent that an image names. A missing or unreachable one becomes an obstacle, so that the rest can be told. */
export async function followParent(
  childPath: string,
  name: string,
  format: ImageFormat | undefined,
  open: OpenParent,
): Promise<FollowedParent> {
  const file = localName(name);
  if (file === undefined) return { parents: [name], obstacles: [remoteParent(childPath, name)] };
  const path = resolve(dirname(childPath), file);
  try {
    const image = await open(path, format);
    return { parents: [path, ...image.parents], obstacles: image.obstacles, image };
  } catch (error) {
    if (error instanceof Fault && (error.code === 'not_found' || error.code === 'denied')) {
      return { parents: [path], obstacles: [missingParent(childPath, path, error)] };
    }
    throw error;
  }
}

/** The file that a backing name stands for, or undefined when it is not a local file ("nbd://…", "json:{…}" of another driver). */
function localName(name: string): string | undefined {
  if (name === '') return undefined;
  if (name.startsWith('json:')) return nameInJson(name.slice('json:'.length));
  if (name.startsWith('file:')) {
    try {
      return name.startsWith('file://') ? fileURLToPath(name) : name.slice('file:'.length);
    } catch {
      return undefined;
    }
  }
  // "C:\disk.vhd" is a path; "nbd:host:port" and "https://…" are not.
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(name) ? undefined : name;
}

function nameInJson(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // {"driver": "qcow2", "file": {"driver": "file", "filename": "…"}}, flat ("file.filename") or the inner object alone.
  for (let depth = 0; depth < 4; depth++) {
    if (typeof value !== 'object' || value === null) return undefined;
    const object: Record<string, unknown> = { ...value };
    const remote = typeof object['file.driver'] === 'string' && object['file.driver'] !== 'file';
    const name = object.filename ?? (remote ? undefined : object['file.filename']);
    const driver = object.driver;
    if (typeof name === 'string' && object.file === undefined) {
      return 'filename' in object && driver !== undefined && driver !== 'file' ? undefined : name;
    }
    value = object.file;
  }
  return undefined;
}

function missingParent(child: string, parent: string, fault: Fault): Obstacle {
  const missing = fault.code === 'not_found';
  return {
    code: missing ? 'missing_parent' : 'unreadable_parent',
    blocking: true,
    message: missing
      ? `"${child}" needs its parent "${parent}", which does not exist.`
      : `"${child}" needs its parent "${parent}", which may not be read by this user.`,
    remedy: missing
      ? `Put the parent there, or point the image to it: qemu-img rebase -u -b PARENT "${child}" (on a copy).`
      : 'Give this user the right to read it.',
  };
}

function remoteParent(child: string, name: string): Obstacle {
  return {
    code: 'remote_parent',
    blocking: true,
    message:
      name === ''
        ? `"${child}" needs a parent, but does not record its name.`
        : `"${child}" needs a parent that is not a local file: ${JSON.stringify(name)}.`,
    remedy: 'Copy the whole disk into one local image first (qemu-img convert).',
  };
}
