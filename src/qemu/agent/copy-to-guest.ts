import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { compareCopies } from './compare-copies.ts';
import { type CopyRequest, type CopyResult, type CopyServices, cleanUpMs, largestCopy, sliceMs } from './copy-file.ts';
import { closeGuestFile, type GuestFileHandle, openGuestFile, writeChunk, writeGuestFile } from './guest-file.ts';
import { GuestShell } from './guest-shell.ts';
import { explainHostFile } from './host-file.ts';
import { moveFault } from './move-fault.ts';

/**
 * Copies a file of the host into the guest: under a temporary name beside the target, then renamed; in its place where
 * the agent runs no programs. Faults: `not_found`, `denied`, `invalid` (a folder), `conflict` (something is there),
 * `failed`, `cancelled`, those of the agent. After a Fault the target is as it was, unless `data.partial` says otherwise.
 */
export async function copyToGuest(request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const file = await openSource(request.source);
  try {
    const size = await measure(file, request);
    return await send(file, size, request, services);
  } finally {
    await file.close();
  }
}

/** What would be refused, is refused here; tells what there is to copy, and how. */
export async function lookOverCopyToGuest(
  request: CopyRequest,
  services: CopyServices,
): Promise<{ size: number; atomic: boolean }> {
  const file = await openSource(request.source);
  try {
    return {
      size: await measure(file, request),
      ...(await lookAtTarget(new GuestShell(services.withAgent), request, services)),
    };
  } finally {
    await file.close();
  }
}

async function measure(file: FileHandle, { source }: CopyRequest): Promise<number> {
  const { size } = await file.stat();
  checkSize(source, size);
  return size;
}

async function openSource(path: string): Promise<FileHandle> {
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

function checkSize(path: string, size: number): void {
  if (size <= largestCopy) return;
  throw new Fault('invalid', `${path} has ${size} bytes; through the guest agent at most ${largestCopy} are copied.`, {
    remedy: 'Use the network or a shared folder for large files.',
    data: { field: 'source', size, limit: largestCopy },
  });
}

/** Throws `conflict` for something that is not to be replaced. Not atomic where the agent runs no programs. */
async function lookAtTarget(
  shell: GuestShell,
  { target, overwrite }: CopyRequest,
  services: CopyServices,
): Promise<{ atomic: boolean }> {
  const kind = await shell.findKind(target, services.signal);
  if (!overwrite || (kind !== 'file' && kind !== 'absent')) await refuseExisting(target, kind, services, overwrite);
  return { atomic: kind !== undefined };
}

/** Where the bytes are written to, before they get their name. */
export function partOf(target: string, random: string): string {
  return `${target}.${random}.part`;
}

async function send(file: FileHandle, size: number, request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const { source, target, overwrite } = request;
  const { withAgent, signal } = services;
  const shell = new GuestShell(withAgent);
  const { atomic } = await lookAtTarget(shell, request, services);
  const place = atomic ? partOf(target, randomBytes(6).toString('hex')) : target;
  const handle = await withAgent(agent => openGuestFile(agent, place, 'wb', { signal }), { signal });
  const hash = createHash('sha256');
  try {
    const bytes = await sendBytes(file, size, handle, hash, services);
    if (signal.aborted) throw cancelledFault(signal, `Copying ${source}`);
    await withAgent(agent => closeGuestFile(agent, handle, { signal }), { signal });
    const sha256 = hash.digest('hex');
    const compared = await compareCopies(shell, { withAgent, path: place, bytes, sha256, signal });
    if (atomic) await rename(shell, place, target, overwrite, signal);
    return { bytes, sha256, compared, atomic };
  } catch (error) {
    const partial = await removePartial(services, shell, handle, place, atomic);
    const fault = signal.aborted ? cancelledFault(signal, `Copying ${source}`) : error;
    throw fault instanceof Fault && partial !== undefined ? fault.with({ data: { ...fault.data, partial } }) : fault;
  }
}

async function refuseExisting(
  target: string,
  kind: string | undefined,
  { withAgent, signal }: CopyServices,
  overwrite: boolean,
): Promise<void> {
  if (kind === 'absent' || (kind === undefined && overwrite)) return;
  if (kind === undefined && !(await canBeRead(target, withAgent, signal))) return;
  const remedy =
    kind === undefined || kind === 'file' ? 'Choose another target, or set overwrite.' : 'Name a file in it.';
  throw new Fault(
    'conflict',
    `There is ${kind === 'folder' ? 'a folder' : 'something'} at ${JSON.stringify(target)} in the guest.`,
    {
      remedy,
      data: { field: 'target', kind },
    },
  );
}

// Without a shell in the guest, to open it is the one way to see whether it is there.
async function canBeRead(path: string, withAgent: CopyServices['withAgent'], signal: AbortSignal): Promise<boolean> {
  return withAgent(
    async agent => {
      const handle = await openGuestFile(agent, path, 'rb', { signal }).catch((error: unknown) => {
        // Also one that may not be read is there. The words of Windows depend on its language: those are taken for "not there".
        if (error instanceof Fault && (error.code === 'not_found' || error.code === 'failed')) return undefined;
        if (error instanceof Fault && error.code === 'denied' && !String(error.data?.description).includes('disabled'))
          return true;
        throw error;
      });
      if (typeof handle === 'number') await closeGuestFile(agent, handle, { signal });
      return handle !== undefined;
    },
    { signal },
  );
}

async function sendBytes(
  file: FileHandle,
  size: number,
  handle: GuestFileHandle,
  hash: { update(bytes: Buffer): unknown },
  { withAgent, signal, progress }: CopyServices,
): Promise<number> {
  const buffer = Buffer.alloc(writeChunk);
  let sent = 0;
  for (let ended = false; !ended; ) {
    await withAgent(
      async agent => {
        for (const end = performance.now() + sliceMs; performance.now() < end && !ended; ) {
          const { bytesRead } = await file.read(buffer, 0, writeChunk, sent);
          ended = bytesRead === 0;
          const bytes = buffer.subarray(0, bytesRead);
          hash.update(bytes);
          await writeGuestFile(agent, handle, bytes, { signal });
          sent += bytesRead;
          // One that grows without end is no file to copy.
          if (sent > largestCopy) checkSize('The source', sent);
          progress(sent, size);
        }
      },
      { signal },
    );
  }
  return sent;
}

async function rename(shell: GuestShell, place: string, target: string, overwrite: boolean, signal: AbortSignal) {
  const outcome = await shell.move(place, target, overwrite, signal);
  if (outcome !== 'moved') throw moveFault(target, outcome);
}

/** What is left in the guest: nothing, or the path of a file with a part of the bytes or none. */
async function removePartial(
  { withAgent }: CopyServices,
  shell: GuestShell,
  handle: GuestFileHandle,
  place: string,
  atomic: boolean,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(cleanUpMs);
  const limits = { signal, timeoutMs: cleanUpMs };
  // Closed already when the copy failed after its end.
  await withAgent(agent => closeGuestFile(agent, handle, limits), { signal }).catch(() => {});
  if (atomic && (await shell.remove(place, signal).catch(() => false))) return undefined;
  return place;
}
