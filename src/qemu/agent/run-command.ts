import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { AgentClient } from './agent-client.ts';
import { type CommandResult, readStatus } from './command-status.ts';
import { endCommand } from './end-command.ts';
import { parseAnswer } from './parse-answer.ts';
import type { WithAgent } from './use-agent.ts';

export interface CommandRequest {
  /** A path in the guest, or a name that its agent finds on its own PATH. */
  readonly command: string;
  readonly arguments: readonly string[];
  readonly input?: Buffer | undefined;
  /** NAME=value; replaces the agent's own environment. Left out, the command gets that one. */
  readonly environment?: readonly string[] | undefined;
  readonly timeoutMs: number;
}

const shortestPoll = 20;
const longestPoll = 500;
/** How long the agent may take to start a process, whatever the caller does meanwhile. */
const startMs = 15_000;

const started = z.object({ pid: z.int() });
/**
 * Runs a program in the guest to its end. The channel is free between the looks at it. Faults: those of the agent,
 * `timeout` and `cancelled`, after which the process was ended where that was possible: `data.ended` says.
 */
export async function runCommand(
  withAgent: WithAgent,
  request: CommandRequest,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const end = performance.now() + request.timeoutMs;
  const { pid, first } = await withAgent(agent => start(agent, request), { signal });
  let result = first;
  for (let pause = shortestPoll; result === undefined; pause = Math.min(longestPoll, pause * 1.5)) {
    const left = end - performance.now();
    if (signal?.aborted || left <= 0) throw await giveUp(withAgent, pid, request, signal);
    await wait(Math.min(pause, left), undefined, { signal }).catch(() => {});
    if (signal?.aborted) continue;
    result = await withAgent(agent => readStatus(agent, pid, { signal }), { signal }).catch(async (error: unknown) => {
      // Somebody else has the agent just now: the command goes on, and is looked at again.
      const isBusy = error instanceof Fault && error.code === 'busy';
      if (!signal?.aborted && !isBusy) throw error;
      return undefined;
    });
  }
  return result;
}

/** What the agent is told of a program, as arguments of `guest-exec`. */
export function execArguments({ command, arguments: args, input, environment }: Omit<CommandRequest, 'timeoutMs'>) {
  return {
    path: command,
    arg: args,
    ...(input && { 'input-data': input.toString('base64') }),
    ...(environment && { env: environment }),
    'capture-output': true,
  };
}

async function start(
  agent: AgentClient,
  request: CommandRequest,
): Promise<{ pid: number; first: CommandResult | undefined }> {
  const { command } = request;
  // Without the caller's signal: a process that was started unseen could not be ended.
  const execution = agent.execute('guest-exec', execArguments(request), { timeoutMs: startMs });
  const raw = await execution.catch((error: unknown) => {
    throw nameCommand(error, command);
  });
  const { pid } = parseAnswer(started, raw, 'guest-exec');
  await wait(shortestPoll);
  return { pid, first: await readStatus(agent, pid) };
}

/** The agent's refusal speaks of "guest-exec", which is no word of the caller's. */
function nameCommand(error: unknown, command: string): unknown {
  if (!(error instanceof Fault) || error.code !== 'not_found') return error;
  return new Fault('not_found', `The guest has no program ${JSON.stringify(command)}, or none that its agent finds.`, {
    remedy: 'Name it by its whole path in the guest; what a shell knows by itself needs "sh" with ["-c", "…"].',
    data: { ...error.data, field: 'command' },
    cause: error,
  });
}

async function giveUp(
  withAgent: WithAgent,
  pid: number,
  { command, timeoutMs }: CommandRequest,
  signal: AbortSignal | undefined,
): Promise<Fault> {
  const ended = await endCommand(withAgent, pid);
  const data = { pid, ended };
  const remedy = ended
    ? 'What it had started itself may still run in the guest.'
    : `It may still run in the guest, as process ${pid}: look there.`;
  if (signal?.aborted) {
    const fault = cancelledFault(signal, `The command ${JSON.stringify(command)} in the guest`);
    return fault.with({ data: { ...fault.data, ...data }, remedy: fault.remedy ?? remedy });
  }
  const message = `The command ${JSON.stringify(command)} did not end within ${timeoutMs / 1000} s.`;
  return new Fault('timeout', message, { remedy: `Give it more time with timeoutSeconds. ${remedy}`, data });
}
