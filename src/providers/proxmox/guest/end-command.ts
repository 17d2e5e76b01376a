import { setTimeout as delay } from 'node:timers/promises';
import { countOf, flagOf, isRecord, recordOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { agentOf, execRequest } from './agent-request.ts';

/** How long the attempt may take, in milliseconds. */
const limitMs = 8000;
const pollMs = 100;

/**
 * Ends a process that the agent has started. The agent has no command for it, so another process is asked to: true only
 * when the agent says afterwards that the process is gone.
 */
export async function endCommand(session: ProxmoxSession, guest: Guest, pid: number): Promise<boolean> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const command = (await isWindows(session, guest, signal))
      ? ['taskkill.exe', '/T', '/F', '/PID', String(pid)]
      : // `kill` is a program of its own on few small systems; the number is an argument, not part of the script.
        ['sh', '-c', 'kill -KILL "$1"', 'sh', String(pid)];
    const killer = countOf(recordOf(await session.client.send(execRequest(guest, { command }), { signal }), 'it').pid);
    while (!(await hasEnded(session, guest, pid, signal))) await delay(pollMs, undefined, { signal });
    // Asked for its result, the agent forgets it.
    if (killer !== undefined) await hasEnded(session, guest, killer, signal);
    return true;
  } catch {
    // Whoever asked is told that it may still run; there is nothing more to do.
    return false;
  }
}

async function hasEnded({ client }: ProxmoxSession, guest: Guest, pid: number, signal: AbortSignal): Promise<boolean> {
  const path = '/nodes/{node}/qemu/{vmid}/agent/exec-status';
  const reply = await client.send({ method: 'GET', path, params: { ...agentOf(guest), pid } }, { signal });
  return flagOf(recordOf(reply, 'the program').exited);
}

async function isWindows({ client }: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<boolean> {
  const path = '/nodes/{node}/qemu/{vmid}/agent/get-osinfo';
  const reply = await client.send({ method: 'GET', path, params: agentOf(guest) }, { signal }).catch(() => undefined);
  return isRecord(reply) && isRecord(reply.result) && reply.result.id === 'mswindows';
}
