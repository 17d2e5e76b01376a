import { Fault } from '../../../errors/fault.ts';
import { isWindowsGuest } from '../../../qemu/agent/guest-family.ts';
import { runCommand } from '../../../qemu/agent/run-command.ts';
import type { WithAgent } from '../../../qemu/agent/use-agent.ts';
import { wrapForPowerShell } from './wrap-for-power-shell.ts';

/** What a line of a shell has led to. */
export interface Ran {
  /** Absent when a signal ended it, or its time was over. */
  readonly exitCode: number | undefined;
  /** It did not end within its time. */
  readonly isOverdue?: boolean | undefined;
  /** The end of what it printed. */
  readonly output: string;
  /** How it was run, for a sentence. */
  readonly how: string;
}

/** Bytes of each stream of which the end is shown. */
const kept = 4096;

const how = 'through the guest agent';

/** Runs a line in the guest's own shell. Faults: those of `runCommand`, but for a line that was started and did not end. */
export async function runAgentCommand(
  withAgent: WithAgent,
  line: string,
  seconds: number,
  signal: AbortSignal,
): Promise<Ran> {
  const isWindows = await withAgent(agent => isWindowsGuest(agent, { signal }), { signal });
  const program = isWindows ? wrapForPowerShell(line) : { command: 'sh', arguments: ['-c', line] };
  const result = await runCommand(withAgent, { ...program, timeoutMs: seconds * 1000 }, signal).catch(
    (error: unknown) => {
      if (error instanceof Fault && error.code === 'timeout' && error.data?.pid !== undefined) return undefined;
      throw error;
    },
  );
  if (!result) return { exitCode: undefined, isOverdue: true, output: '', how };
  const output = [result.stdout, result.stderr].map(bytes => bytes.subarray(-kept).toString('utf8').trim());
  return {
    exitCode: result.exitCode,
    output: output.filter(text => text !== '').join('\n'),
    how,
  };
}
