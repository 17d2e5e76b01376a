import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { AgentClient } from './agent-client.ts';
import { compareCopies } from './compare-copies.ts';
import { type CopyRequest, type CopyResult, type CopyServices, cleanUpMs, largestCopy, sliceMs } from './copy-file.ts';
import { closeGuestFile, type GuestFileHandle, measureGuestFile, openGuestFile, readGuestFile } from './guest-file.ts';
import { GuestShell } from './guest-shell.ts';
import { explainHostFile } from './host-file.ts';

/**
 * Copies a file of the guest to the host, where nothing is replaced: under a temporary name beside the target, which gets
 * its name when it is whole. Faults: `not_found`, `denied`, `invalid` (a folder, too large), `conflict` (the target is
 * there), `host_fault` (disk full), `failed`, `cancelled`, those of the agent. After a Fault nothing is left.
 */
export async function copyFromGuest(request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const { source, target } = request;
  const { withAgent, signal } = services;
  const shell = new GuestShell(withAgent);
  await lookOverCopyFromGuest(request, services, shell);
  const draft = `${target}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw explainHostFile(error, target, 'target');
  });
  try {
    const hash = createHash('sha256');
    const bytes = await receive(file, hash, request, services).finally(() => file.close());
    const sha256 = hash.digest('hex');
    const compared = await compareCopies(shell, { withAgent, path: source, bytes, sha256, signal });
    if (signal.aborted) throw cancelledFault(signal, `Copying ${source}`);
    await giveName(draft, target);
    return { bytes, sha256, compared, atomic: true };
  } catch (error) {
    throw signal.aborted ? cancelledFault(signal, `Copying ${source}`) : explainHostFile(error, target, 'target');
  } finally {
    await rm(draft, { force: true });
  }
}

/** What would be refused, is refused here. */
export async function lookOverCopyFromGuest(
  { source, target }: CopyRequest,
  { withAgent, signal }: CopyServices,
  shell = new GuestShell(withAgent),
): Promise<void> {
  if (await lstat(target).catch(() => undefined)) throw explainHostFile(withCode('EEXIST'), target, 'target');
  refuseKind(source, await shell.findKind(source, signal));
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function refuseKind(source: string, kind: string | undefined): void {
  if (kind === undefined || kind === 'file') return;
  if (kind === 'absent') {
    throw new Fault('not_found', `There is no ${JSON.stringify(source)} in the guest.`, {
      remedy: 'Check the path: it is one in the guest.',
      data: { field: 'source' },
    });
  }
  throw new Fault(
    'invalid',
    `${JSON.stringify(source)} in the guest is ${kind === 'folder' ? 'a folder' : 'no ordinary file'}.`,
    {
      remedy: 'Pack folders with tar through vm.exec first, and copy the archive.',
      data: { field: 'source', kind },
    },
  );
}

async function receive(
  file: FileHandle,
  hash: { update(bytes: Buffer): unknown },
  { source, target }: CopyRequest,
  services: CopyServices,
): Promise<number> {
  const { withAgent, signal } = services;
  const { handle, size } = await withAgent(agent => openMeasured(agent, source, signal), { signal });
  try {
    if (size !== undefined) await refuseSize(size, target);
    return await receiveBytes(file, hash, handle, size, services);
  } finally {
    // Over a connection of its own, and also after a cancellation: the agent would keep it open for ever.
    const limits = { signal: AbortSignal.timeout(cleanUpMs), timeoutMs: cleanUpMs };
    await withAgent(agent => closeGuestFile(agent, handle, limits), { signal: limits.signal }).catch(() => {});
  }
}

async function openMeasured(agent: AgentClient, source: string, signal: AbortSignal) {
  const handle = await openGuestFile(agent, source, 'rb', { signal });
  // Something without a size, such as a pipe, is not refused here: what it gives is limited.
  const size = await measureGuestFile(agent, handle, { signal }).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'failed') return undefined;
    throw error;
  });
  return { handle, size };
}

async function receiveBytes(
  file: FileHandle,
  hash: { update(bytes: Buffer): unknown },
  handle: GuestFileHandle,
  size: number | undefined,
  { withAgent, signal, progress }: CopyServices,
): Promise<number> {
  let received = 0;
  for (let ended = false; !ended; ) {
    await withAgent(
      async agent => {
        for (const end = performance.now() + sliceMs; performance.now() < end && !ended; ) {
          const { bytes, ended: isLast } = await readGuestFile(agent, handle, { signal });
          ended = isLast;
          hash.update(bytes);
          await file.writeFile(bytes);
          received += bytes.length;
          refuseLarge(received);
          progress(received, size);
        }
      },
      { signal },
    );
  }
  return received;
}

/** What cannot fit is not begun. */
async function refuseSize(size: number, target: string): Promise<void> {
  refuseLarge(size);
  const { bavail, bsize } = await statfs(dirname(target));
  if (size > bavail * bsize) throw withCode('ENOSPC');
}

function refuseLarge(size: number): void {
  if (size <= largestCopy) return;
  throw new Fault('invalid', `The file in the guest has more than ${largestCopy} bytes.`, {
    remedy: 'Use the network or a shared folder for large files.',
    data: { field: 'source', limit: largestCopy },
  });
}

/** A hard link fails when the name is taken; a file system without them gets a rename after one more look. */
async function giveName(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || (await lstat(target).catch(() => undefined))) throw withCode('EEXIST');
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'EMLINK') throw error;
    await rename(draft, target);
  }
}
