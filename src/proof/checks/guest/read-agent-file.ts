import { createHash } from 'node:crypto';
import { Fault } from '../../../errors/fault.ts';
import type { AgentClient } from '../../../qemu/agent/agent-client.ts';
import {
  closeGuestFile,
  type GuestFileHandle,
  measureGuestFile,
  openGuestFile,
  readGuestFile,
} from '../../../qemu/agent/guest-file.ts';
import { GuestShell } from '../../../qemu/agent/guest-shell.ts';
import type { WithAgent } from '../../../qemu/agent/use-agent.ts';
import type { SeenFile } from './seen-file.ts';

const how = 'through the guest agent';
/** Above this many bytes the guest's own shell is asked for the hash first: it is much faster. */
const largeFile = 32 * 1024 * 1024;
/** How long one connection serves, in milliseconds; then others get a chance. */
const sliceMs = 2000;
const closeMs = 5000;

/** Looks at a file through the agent. Faults: those of the agent, above all `denied` for one that forbids it. */
export async function readAgentFile(
  withAgent: WithAgent,
  path: string,
  wantsHash: boolean,
  signal: AbortSignal,
): Promise<SeenFile> {
  const shell = new GuestShell(withAgent);
  // First: to open a pipe would keep the agent waiting for ever.
  const kind = await shell.findKind(path, signal);
  if (kind !== undefined && kind !== 'file') return { kind, how };
  let opened: Opened;
  try {
    opened = await withAgent(agent => open(agent, path, signal), { signal });
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return { kind: 'absent', how };
    throw error;
  }
  const { handle, size } = opened;
  try {
    if (!wantsHash) return { kind: 'file', size, how };
    const told = size > largeFile ? await shell.hash(path, signal) : undefined;
    if (told !== undefined) return { kind: 'file', size, sha256: told, how: `${how}, hashed by the guest` };
    return { kind: 'file', size, sha256: await hash(withAgent, handle, signal), how };
  } finally {
    const limits = { signal: AbortSignal.timeout(closeMs), timeoutMs: closeMs };
    await withAgent(agent => closeGuestFile(agent, handle, limits), { signal: limits.signal }).catch(() => {});
  }
}

interface Opened {
  readonly handle: GuestFileHandle;
  readonly size: number;
}

async function open(agent: AgentClient, path: string, signal: AbortSignal): Promise<Opened> {
  const handle = await openGuestFile(agent, path, 'rb', { signal });
  return { handle, size: await measureGuestFile(agent, handle, { signal }) };
}

async function hash(withAgent: WithAgent, handle: GuestFileHandle, signal: AbortSignal): Promise<string> {
  const sum = createHash('sha256');
  for (let ended = false; !ended; ) {
    await withAgent(
      async agent => {
        for (const end = performance.now() + sliceMs; performance.now() < end && !ended; ) {
          const piece = await readGuestFile(agent, handle, { signal });
          ended = piece.ended;
          sum.update(piece.bytes);
        }
      },
      { signal },
    );
  }
  return sum.digest('hex');
}
