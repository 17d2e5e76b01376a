import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { MachineNow } from '../machines/read-machine.ts';
import { countOf, flagOf, numberOf, type ReplyRecord, recordOf, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { bytesOfReply, isPlain } from './agent-bytes.ts';
import { agentOf, execRequest, explainAgent } from './agent-request.ts';
import { endCommand } from './end-command.ts';

export interface GuestCommand {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly input?: string | undefined;
  readonly timeoutMs: number;
}

export interface CommandEnd {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

/** Longest input that the API takes, in characters. */
export const longestInput = 65_536;

const shortestPoll = 50;
const longestPoll = 1000;

/** The request that starts a program in the guest. */
export function startRequest(
  { guest }: MachineNow,
  { command, arguments: args, input }: Omit<GuestCommand, 'timeoutMs'>,
) {
  if (input === undefined || isPlain(input)) {
    checkInput(input);
    return execRequest(guest, { command: [command, ...args], 'input-data': input });
  }
  // Other characters would not arrive: they go as base64, which the guest's own shell decodes.
  const encoded = Buffer.from(input).toString('base64');
  checkInput(encoded);
  return execRequest(guest, {
    command: ['sh', '-c', 'base64 -d | "$@"', 'sh', command, ...args],
    'input-data': encoded,
  });
}

function checkInput(input: string | undefined): void {
  if (input === undefined || input.length <= longestInput) return;
  throw new Fault(
    'invalid',
    `Proxmox VE passes at most ${longestInput} characters of input to a program in the guest.`,
    {
      remedy: 'Bring it there as a file with vm.copy first.',
      data: { field: 'input', limit: longestInput },
    },
  );
}

/**
 * Runs a program in the guest to its end. Faults: those of the agent, `timeout` and `cancelled`, after which the process was
 * ended where that was possible: `data.ended` says.
 */
export async function runCommand(
  session: ProxmoxSession,
  now: MachineNow,
  command: GuestCommand,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const end = performance.now() + command.timeoutMs;
  const pid = await start(session, now, command);
  for (let pause = shortestPoll; ; pause = Math.min(longestPoll, pause * 1.5)) {
    const left = end - performance.now();
    if (signal.aborted || left <= 0) throw await giveUp(session, now, pid, command, signal);
    await delay(Math.min(pause, left), undefined, { signal }).catch(() => {});
    if (signal.aborted) continue;
    const result = await look(session, now, pid, signal);
    if (result !== undefined) return result;
  }
}

/** Without the caller's signal: a process that was started unseen could not be ended. */
async function start({ client }: ProxmoxSession, now: MachineNow, command: GuestCommand): Promise<number> {
  try {
    const reply = await client.send(startRequest(now, command), { signal: AbortSignal.timeout(60_000) });
    const pid = countOf(recordOf(reply, 'the program').pid);
    if (pid !== undefined) return pid;
    throw new Fault('failed', 'The host did not tell which process it has started in the guest.');
  } catch (error) {
    throw nameCommand(explainAgent(error, now.machine), command.command);
  }
}

function nameCommand(error: unknown, command: string): unknown {
  if (!(error instanceof Fault) || error.code !== 'not_found' || error.data?.status !== 500) return error;
  return new Fault('not_found', `The guest has no program ${JSON.stringify(command)}, or none that its agent finds.`, {
    remedy: 'Name it by its whole path in the guest; what a shell knows by itself needs "sh" with ["-c", "…"].',
    data: { ...error.data, field: 'command' },
    cause: error,
  });
}

/** {"exited":1,"exitcode":0,"out-data":"…","out-truncated":1} */
async function look(
  { client }: ProxmoxSession,
  { guest, machine }: MachineNow,
  pid: number,
  signal: AbortSignal,
): Promise<CommandEnd | undefined> {
  try {
    const reply = await client.send(
      {
        method: 'GET',
        path: '/nodes/{node}/qemu/{vmid}/agent/exec-status',
        params: { ...agentOf(guest), pid },
      },
      { signal },
    );
    const status = recordOf(reply, 'the program');
    return flagOf(status.exited) ? commandEnd(status) : undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw explainLoss(error) ?? explainAgent(error, machine);
  }
}

// PID 1234 does not exist — the agent tells the end of a program once, and the answer that told it did not arrive.
function explainLoss(error: unknown): Fault | undefined {
  if (!(error instanceof Fault) || error.data?.status !== 500) return undefined;
  if (!/PID \d+ does not exist|Invalid parameter 'pid'/i.test(String(error.data.answer))) return undefined;
  return new Fault('host_fault', 'The program in the guest has ended, but the answer that told how was lost.', {
    remedy: 'Look in the guest for what it did before it is run again.',
    data: { ...error.data, mayHaveBeenCarriedOut: true },
    cause: error,
  });
}

function commandEnd(status: ReplyRecord): CommandEnd {
  const exitCode = numberOf(status.exitcode);
  const signal = numberOf(status.signal);
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    stdout: bytesOfReply(textOf(status['out-data']) ?? ''),
    stderr: bytesOfReply(textOf(status['err-data']) ?? ''),
    truncated: flagOf(status['out-truncated']) || flagOf(status['err-truncated']),
  };
}

async function giveUp(
  session: ProxmoxSession,
  now: MachineNow,
  pid: number,
  { command, timeoutMs }: GuestCommand,
  signal: AbortSignal,
): Promise<Fault> {
  const ended = await endCommand(session, now.guest, pid);
  const data = { pid, ended };
  const remedy = ended
    ? 'What it had started itself may still run in the guest.'
    : `It may still run in the guest, as process ${pid}: look there.`;
  if (signal.aborted) {
    const fault = cancelledFault(signal, `The command ${JSON.stringify(command)} in the guest`);
    return fault.with({ data: { ...fault.data, ...data }, remedy: fault.remedy ?? remedy });
  }
  const message = `The command ${JSON.stringify(command)} did not end within ${timeoutMs / 1000} s.`;
  return new Fault('timeout', message, { remedy: `Give it more time with timeoutSeconds. ${remedy}`, data });
}
