import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { escapeControls } from '../../../errors/escape.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { type CopyRequest, type CopyResult, cleanUpMs } from '../../../qemu/agent/copy-file.ts';
import { explainHostFile } from '../../../qemu/agent/host-file.ts';
import { moveFault } from '../../../qemu/agent/move-fault.ts';
import { explainAgent, writeRequest } from './agent-request.ts';
import { AgentShell, appendCommand, type PathKind } from './agent-shell.ts';
import type { CopyServices } from './copy-services.ts';
import { readGuestFile } from './read-guest-file.ts';

/** What one call writes: 61,440 characters of base64. */
export const firstPiece = 46_080;
/** What a program gets as its input: 65,536 characters of base64. */
const nextPiece = 49_152;
/** Each piece is a program of its own in the guest: more would take hours. */
const largest = 256 * 2 ** 20;

/**
 * Copies a file of the host into the guest: under a temporary name beside the target, then renamed; in its place where
 * the guest has no shell, and then only as much as one call writes.
 */
export async function copyToGuest(request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const file = await openSource(request.source);
  try {
    const { size } = await file.stat();
    if (size > largest) throw tooLarge(request.source, size, largest);
    return await send(file, size, request, services);
  } finally {
    await file.close();
  }
}

export async function openSource(path: string): Promise<FileHandle> {
  // A pipe without a writer would be waited for, out of reach of any cancellation.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw explainHostFile(error, path, 'source');
  });
  const found = await file.stat();
  if (found.isFile()) return file;
  await file.close();
  throw new Fault('invalid', `${path} is ${found.isDirectory() ? 'a folder' : 'no ordinary file'}.`, {
    remedy: 'Pack folders with tar first, copy the archive, and unpack it in the guest with vm.exec.',
    data: { field: 'source' },
  });
}

function tooLarge(path: string, size: number, limit: number): Fault {
  return new Fault('invalid', `${path} has ${size} bytes; so many can not go through the guest agent here.`, {
    remedy: 'Use the network, or put the file on a disk or disc of the machine.',
    data: { field: 'source', size, limit },
  });
}

async function send(file: FileHandle, size: number, request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const { source, target, overwrite } = request;
  const { signal } = services;
  const shell = new AgentShell(services.session, services.now);
  const kind = await shell.findKind(target, signal);
  const atomic = kind !== undefined;
  if (!atomic && size > firstPiece) throw tooLarge(source, size, firstPiece);
  await refuseExisting(kind, request, services);
  const place = atomic ? partOf(target, randomBytes(6).toString('hex')) : target;
  try {
    const { bytes, sha256 } = await sendBytes(file, size, place, shell, services);
    const compared = await compare(shell, place, bytes, sha256, services);
    if (atomic) await rename(shell, place, target, overwrite, signal);
    return { bytes, sha256, compared, atomic };
  } catch (error) {
    const isGone = atomic && (await shell.remove(place, AbortSignal.timeout(cleanUpMs)).catch(() => false));
    const fault = signal.aborted ? cancelledFault(signal, `Copying ${source}`) : error;
    throw fault instanceof Fault && !isGone ? fault.with({ data: { ...fault.data, partial: place } }) : fault;
  }
}

/** Where the bytes are written to, before they get their name. */
export function partOf(target: string, random: string): string {
  return `${target}.${random}.part`;
}

async function refuseExisting(kind: PathKind | undefined, { target, overwrite }: CopyRequest, services: CopyServices) {
  const isThere = kind === undefined ? !overwrite && (await canBeRead(target, services)) : kind !== 'absent';
  if (!isThere || (overwrite && kind === 'file')) return;
  throw new Fault(
    'conflict',
    `There is ${kind === 'folder' ? 'a folder' : 'something'} at ${JSON.stringify(target)} in the guest.`,
    {
      remedy: kind === 'folder' || kind === 'other' ? 'Name a file in it.' : 'Choose another target, or set overwrite.',
      data: { field: 'target', kind },
    },
  );
}

// Without a shell in the guest, to read it is the one way to see whether it is there.
async function canBeRead(path: string, services: CopyServices): Promise<boolean> {
  try {
    await readGuestFile(services, path, { offset: 0, count: 1 });
    return true;
  } catch (error) {
    if (error instanceof Fault && (error.code === 'not_found' || error.code === 'failed')) return false;
    // One that may not be read is there as well.
    if (error instanceof Fault && error.code === 'denied' && error.data?.status === 500) return true;
    throw error;
  }
}

async function sendBytes(file: FileHandle, size: number, place: string, shell: AgentShell, services: CopyServices) {
  const { signal, progress } = services;
  const hash = createHash('sha256');
  let bytes = 0;
  for (let piece = firstPiece; ; piece = nextPiece) {
    const buffer = Buffer.alloc(piece);
    const { bytesRead } = await file.read(buffer, 0, piece, bytes);
    if (bytesRead === 0 && bytes > 0) break;
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    if (bytes === 0) await writeFirst(part, place, services);
    else await append(part, place, shell, signal);
    bytes += bytesRead;
    // One that grows without end is no file to copy.
    if (bytes > largest) throw tooLarge('The source', bytes, largest);
    progress(bytes, size);
    if (bytesRead < piece) break;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function writeFirst(part: Buffer, place: string, { session, now, signal }: CopyServices): Promise<void> {
  try {
    await session.client.send(
      writeRequest(now.guest, { file: place, content: part.toString('base64'), encode: false }),
      { signal },
    );
  } catch (error) {
    throw explainAgent(error, now.machine);
  }
}

async function append(part: Buffer, place: string, shell: AgentShell, signal: AbortSignal): Promise<void> {
  const end = await shell.run({ ...appendCommand(place), input: part.toString('base64') }, signal);
  if (end?.exitCode === 0) return;
  throw new Fault('failed', 'The guest did not write what it was given.', {
    remedy: 'Look whether its disk is full, and whether it has the program base64.',
    data: { exitCode: end?.exitCode, description: escapeControls((end?.stderr.toString('utf8') ?? '').slice(0, 1000)) },
  });
}

async function compare(
  shell: AgentShell,
  place: string,
  bytes: number,
  sha256: string,
  services: CopyServices,
): Promise<'sha256'> {
  const own = (await shell.hash(place, services.signal)) ?? (await hashBack(place, bytes, services));
  if (own === sha256) return 'sha256';
  throw new Fault('failed', `${JSON.stringify(place)} in the guest is not the same as what was copied.`, {
    remedy: 'Copy it again: it changed meanwhile, or the disk of the guest is full.',
    data: { path: place, bytes, sha256, guestSha256: own },
  });
}

async function hashBack(place: string, bytes: number, services: CopyServices): Promise<string> {
  const back = await readGuestFile(services, place, { offset: 0, count: bytes + 1 });
  return createHash('sha256').update(back.bytes).digest('hex');
}

async function rename(shell: AgentShell, place: string, target: string, overwrite: boolean, signal: AbortSignal) {
  const outcome = await shell.move(place, target, overwrite, signal);
  if (outcome !== 'moved') throw moveFault(target, outcome);
}
