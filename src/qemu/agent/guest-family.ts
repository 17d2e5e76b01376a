import type { AgentClient, CommandLimits } from './agent-client.ts';

/** Whether the guest is Windows; an agent that does not tell is taken for one of another system. */
export async function isWindowsGuest(agent: AgentClient, limits: CommandLimits): Promise<boolean> {
  const raw = await agent.execute('guest-get-osinfo', {}, limits).catch((error: unknown) => {
    if (limits.signal?.aborted) throw error;
    return undefined;
  });
  return typeof raw === 'object' && raw !== null && 'id' in raw && raw.id === 'mswindows';
}
