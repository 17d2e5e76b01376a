import { Fault } from '../../errors/fault.ts';
import { closeGuestFile, measureGuestFile, openGuestFile } from './guest-file.ts';
import type { GuestShell } from './guest-shell.ts';
import type { WithAgent } from './use-agent.ts';

interface Copy {
  readonly withAgent: WithAgent;
  /** In the guest. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly signal: AbortSignal;
}

/** Holds the guest's file against what was sent or received: by hash where its shell can tell it, else by size. Fault: `failed`. */
export async function compareCopies(shell: GuestShell, copy: Copy): Promise<'sha256' | 'size'> {
  const hash = await shell.hash(copy.path, copy.signal);
  const same = hash === undefined ? (await measure(copy)) === copy.bytes : hash === copy.sha256;
  if (same) return hash === undefined ? 'size' : 'sha256';
  throw new Fault('failed', `${JSON.stringify(copy.path)} in the guest is not the same as what was copied.`, {
    remedy: 'Copy it again: it changed meanwhile, or the disk of the guest is full.',
    data: { path: copy.path, bytes: copy.bytes, sha256: copy.sha256, guestSha256: hash },
  });
}

function measure({ withAgent, path, signal }: Copy): Promise<number> {
  return withAgent(
    async agent => {
      const handle = await openGuestFile(agent, path, 'rb', { signal });
      try {
        return await measureGuestFile(agent, handle, { signal });
      } finally {
        await closeGuestFile(agent, handle, { signal });
      }
    },
    { signal },
  );
}
