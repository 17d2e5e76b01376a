import { plainText } from '../../disk/guest/plain-text.ts';
import type { CheckResult, ProofChecks } from '../../model/check.ts';
import type { CheckRun, Finding } from './check-context.ts';
import { conductCheck } from './conduct-check.ts';
import type { GuestWays } from './guest/guest-ways.ts';
import { type Ran, runAgentCommand } from './guest/run-agent-command.ts';
import { tryWays } from './guest/ways.ts';
import { hideSecret } from './hide-secret.ts';
import { nameCheck } from './name-check.ts';

/** Beside its own time: waiting for the agent, logging in and typing. */
const preparationSeconds = 240;
/** Characters of a line's output that are told: its end, which has the reason when it failed. */
const mostOutput = 400;

/** Whether lines of the guest's shell end with the exit code that they should end with. */
export async function checkCommands(checks: ProofChecks, ways: GuestWays, context: CheckRun): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const limit = ways.limits.workSeconds + preparationSeconds;
  for (const { command, exitCode } of checks.commands ?? []) {
    const name = nameCheck('command', command, checks);
    results.push(
      await conductCheck(name, limit, context, async signal =>
        judge(await run(command, ways, signal), exitCode, checks.password),
      ),
    );
  }
  return results;
}

function run(command: string, ways: GuestWays, signal: AbortSignal): Promise<Ran> {
  const { line, limits } = ways;
  const patience = ways.hasConsole ? Math.min(limits.patienceSeconds, limits.serviceSeconds) : limits.serviceSeconds;
  const byAgent = async () => {
    const withAgent = await line.find(patience, signal);
    return withAgent && (await runAgentCommand(withAgent, command, limits.workSeconds, signal));
  };
  const byConsole = async () => {
    const session = await ways.openConsole(signal);
    return session && (await session.run(command, limits.workSeconds, signal));
  };
  return tryWays(
    [
      { try: byAgent, absence: `no guest agent answered within ${patience} s` },
      { try: byConsole, absence: ways.consoleAbsence },
    ],
    signal,
  );
}

function judge({ exitCode, isOverdue, output, how }: Ran, wanted: number, password: string | undefined): Finding {
  const hidden = hideSecret(output.trim(), password);
  const end = hidden.length > mostOutput ? `…${hidden.slice(-mostOutput)}` : hidden;
  const said = end === '' ? '' : ` It printed: ${plainText(end)}`;
  const code = isOverdue
    ? 'It did not end in the time that a check has, nor did what it left running with its output (">/dev/null 2>&1 &" lets go of that)'
    : exitCode === undefined
      ? 'It was ended by a signal'
      : `It ended with exit code ${exitCode}`;
  const expected = exitCode === wanted || exitCode === undefined ? '' : `, not ${wanted}`;
  return { passed: exitCode === wanted, detail: `${code}${expected} (${how}).${said}` };
}
