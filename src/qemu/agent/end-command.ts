import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../../errors/fault.ts';
import type { AgentClient, CommandLimits } from './agent-client.ts';
import { readStatus } from './command-status.ts';
import { isWindowsGuest } from './guest-family.ts';
import type { WithAgent } from './use-agent.ts';

/** How long the attempt may take, in milliseconds. */
const limitMs = 5000;
const pollMs = 50;

/**
 * Ends a process that the agent has started. The agent has no command for it, so another process is asked to: true only
 * when the agent says afterwards that the process is gone.
 */
export async function endCommand(withAgent: WithAgent, pid: number): Promise<boolean> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    return await withAgent(agent => endWith(agent, pid, signal), { signal });
  } catch {
    // Whoever asked is told that it may still run; there is nothing more to do.
    return false;
  }
}

async function endWith(agent: AgentClient, pid: number, signal: AbortSignal): Promise<boolean> {
  const limits = { signal, timeoutMs: limitMs };
  const killer = (await isWindowsGuest(agent, limits))
    ? { path: 'taskkill.exe', arg: ['/T', '/F', '/PID', String(pid)] }
    : // `kill` is a program of its own on few small systems; the number is an argument, not part of the script.
      { path: 'sh', arg: ['-c', 'kill -KILL "$1"', 'sh', String(pid)] };
  const raw = await agent.execute('guest-exec', killer, limits);
  const killerPid = typeof raw === 'object' && raw !== null && 'pid' in raw ? raw.pid : undefined;
  for (;;) {
    await wait(pollMs, undefined, { signal });
    // Asked for its result, the agent forgets it.
    if (!(await hasEnded(agent, pid, limits))) continue;
    if (typeof killerPid === 'number') await hasEnded(agent, killerPid, limits);
    return true;
  }
}

async function hasEnded(agent: AgentClient, pid: number, limits: CommandLimits): Promise<boolean> {
  try {
    return (await readStatus(agent, pid, limits)) !== undefined;
  } catch (error) {
    // Invalid parameter 'pid': its end was told before, to a call that was cancelled in that moment.
    if (error instanceof Fault && error.data?.command === 'guest-exec-status' && error.code === 'failed') return true;
    throw error;
  }
}
