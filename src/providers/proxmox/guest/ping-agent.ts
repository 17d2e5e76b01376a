import { Fault } from '../../../errors/fault.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { agentOf } from './agent-request.ts';

/** Whether the agent answers. Throws when nothing is learnt of it, e.g. because the host does not answer. */
export async function pingAgent({ client }: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<boolean> {
  if (guest.type !== 'qemu') {
    throw new Fault('unsupported', `${guest.id} is a container, which has no agent.`, {
      remedy: 'Wait for "running" instead.',
      data: { field: 'for' },
    });
  }
  try {
    await client.send(
      { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/agent/ping', params: agentOf(guest) },
      { signal },
    );
    return true;
  } catch (error) {
    // Whatever keeps the agent from answering comes with this status.
    if (!signal.aborted && error instanceof Fault && error.data?.status === 500) return false;
    throw error;
  }
}
