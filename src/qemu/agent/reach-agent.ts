import path from 'node:path';
import type { Guest } from '../guest.ts';
import { readChannelState } from './channel-state.ts';
import { useAgent, type WithAgent } from './use-agent.ts';

/** The agent of a guest that this process runs; nothing when the machine has no channel for one. */
export function agentOfGuest({
  agentPath,
  folder,
  qmp,
}: Pick<Guest, 'agentPath' | 'folder' | 'qmp'>): WithAgent | undefined {
  if (agentPath === undefined) return undefined;
  const askChannel = (signal?: AbortSignal) => readChannelState(qmp, agentPath, signal);
  return (use, options) => useAgent({ path: agentPath, machine: path.basename(folder), askChannel }, use, options);
}
