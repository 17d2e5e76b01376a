import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { placeFile } from '../../../host/place-file.ts';
import { type CopyRequest, type CopyResult, largestCopy } from '../../../qemu/agent/copy-file.ts';
import { explainHostFile } from '../../../qemu/agent/host-file.ts';
import { AgentShell, pieceCommand } from './agent-shell.ts';
import type { CopyServices } from './copy-services.ts';
import { readGuestFile } from './read-guest-file.ts';

/** What is read at a time where pieces can be read, in bytes. */
const piece = 4 * 2 ** 20;
/** Megabytes that a program in the guest gives at a time: the agent keeps 16 MiB of its output. */
const pieceMegabytes = 8;

/**
 * Copies a file of the guest to the host, where nothing is replaced: under a temporary name beside the target, which gets
 * its name when it is whole. After a Fault nothing is left.
 */
export async function copyFromGuest(request: CopyRequest, services: CopyServices): Promise<CopyResult> {
  const { source, target } = request;
  const { signal } = services;
  const shell = new AgentShell(services.session, services.now);
  await refuseTaken(target);
  refuseKind(source, await shell.findKind(source, signal));
  const draft = `${target}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw explainHostFile(error, target, 'target');
  });
  try {
    const { bytes, sha256 } = await receive(file, source, shell, services).finally(() => file.close());
    const own = await shell.hash(source, signal);
    if (own !== undefined && own !== sha256) throw notTheSame(source, bytes, sha256, own);
    if (signal.aborted) throw cancelledFault(signal, `Copying ${source}`);
    await placeFile(draft, target);
    return { bytes, sha256, compared: own === undefined ? 'size' : 'sha256', atomic: true };
  } catch (error) {
    throw signal.aborted ? cancelledFault(signal, `Copying ${source}`) : explainHostFile(error, target, 'target');
  } finally {
    await rm(draft, { force: true });
  }
}

export async function refuseTaken(target: string): Promise<void> {
  if ((await lstat(target).catch(() => undefined)) === undefined) return;
  throw explainHostFile(Object.assign(new Error('EEXIST'), { code: 'EEXIST' }), target, 'target');
}

function refuseKind(source: string, kind: string | undefined): void {
  if (kind === undefined || kind === 'file') return;
  const isAbsent = kind === 'absent';
  const says = isAbsent
    ? 'is not in the guest'
    : `in the guest is ${kind === 'folder' ? 'a folder' : 'no ordinary file'}`;
  throw new Fault(isAbsent ? 'not_found' : 'invalid', `${JSON.stringify(source)} ${says}.`, {
    remedy: isAbsent
      ? 'Check the path: it is one in the guest.'
      : 'Pack folders with tar through vm.exec first, and copy the archive.',
    data: { field: 'source', kind },
  });
}

async function receive(file: FileHandle, source: string, shell: AgentShell, services: CopyServices) {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of readPieces(source, shell, services)) {
    hash.update(part);
    await file.writeFile(part);
    bytes += part.length;
    if (bytes > largestCopy) throw tooLarge(source);
    services.progress(bytes, undefined);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** By the host where it reads pieces; what is longer than it gives at once by a program of the guest. */
async function* readPieces(source: string, shell: AgentShell, services: CopyServices): AsyncGenerator<Buffer> {
  for (let offset = 0; ; ) {
    const { bytes, ended, fromOffset } = await readGuestFile(services, source, { offset, count: piece });
    if (ended || bytes.length === 0) return yield bytes;
    if (!fromOffset) break;
    yield bytes;
    offset += bytes.length;
  }
  for (let first = 0; ; first += pieceMegabytes) {
    const end = await shell.run(pieceCommand(source, first, pieceMegabytes), services.signal);
    if (end === undefined || end.exitCode !== 0) throw tooLarge(source);
    const bytes = Buffer.from(end.stdout.toString('latin1'), 'base64');
    yield bytes;
    if (bytes.length < pieceMegabytes * 2 ** 20) return;
  }
}

function tooLarge(source: string): Fault {
  return new Fault(
    'unsupported',
    `${JSON.stringify(source)} is larger than what can be read through the guest agent here.`,
    {
      remedy: 'Use the network; a guest with sh, dd and base64 gives larger files.',
      data: { field: 'source' },
    },
  );
}

function notTheSame(source: string, bytes: number, sha256: string, guestSha256: string): Fault {
  return new Fault('failed', `${JSON.stringify(source)} in the guest is not the same as what was copied.`, {
    remedy: 'Copy it again: it changed meanwhile.',
    data: { path: source, bytes, sha256, guestSha256 },
  });
}
