import type { CheckResult, ProofChecks } from '../../model/check.ts';
import type { CheckRun, Finding } from './check-context.ts';
import { conductCheck } from './conduct-check.ts';
import type { GuestWays } from './guest/guest-ways.ts';
import { readAgentFile } from './guest/read-agent-file.ts';
import { readConsoleFile } from './guest/read-console-file.ts';
import { readImageFile } from './guest/read-image-file.ts';
import type { SeenFile } from './guest/seen-file.ts';
import { tryWays } from './guest/ways.ts';
import { nameCheck } from './name-check.ts';

/** Beside its own time: waiting for the agent, and logging in. */
const preparationSeconds = 180;

/** Whether files of the guest are there, and have the content that they should have. */
export async function checkFiles(checks: ProofChecks, ways: GuestWays, context: CheckRun): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const limit = ways.limits.workSeconds + preparationSeconds;
  for (const file of checks.files ?? []) {
    const name = nameCheck('file', file.path, checks);
    results.push(
      await conductCheck(name, limit, context, async signal =>
        judgeFile(await findFile(file.path, file.sha256 !== undefined, ways, signal), file.sha256),
      ),
    );
  }
  return results;
}

function findFile(path: string, wantsHash: boolean, ways: GuestWays, signal: AbortSignal): Promise<SeenFile> {
  const { line, view, limits } = ways;
  const byAgent = async () => {
    const withAgent = await line.find(Math.min(limits.patienceSeconds, limits.serviceSeconds), signal);
    return withAgent && (await readAgentFile(withAgent, path, wantsHash, signal));
  };
  const byConsole = async () => {
    const session = await ways.openConsole(signal);
    return session && (await readConsoleFile(session, path, wantsHash, limits.workSeconds, signal));
  };
  return tryWays(
    [
      { try: byAgent, absence: 'no guest agent answers' },
      { try: byConsole, absence: ways.consoleAbsence },
      { try: () => readImageFile(view, path, wantsHash, signal), absence: '' },
    ],
    signal,
  );
}

function judgeFile({ kind, size, sha256, how }: SeenFile, wanted: string | undefined): Finding {
  if (kind === 'absent') return { passed: false, detail: `It is not there (${how}).` };
  if (kind !== 'file') {
    return { passed: false, detail: `It is ${kind === 'folder' ? 'a folder' : 'no ordinary file'} (${how}).` };
  }
  const bytes = size === undefined ? '' : `, ${size} bytes`;
  if (wanted === undefined) return { passed: true, detail: `It is there${bytes} (${how}).` };
  if (sha256 === wanted.toLowerCase()) return { passed: true, detail: `It has that SHA-256${bytes} (${how}).` };
  return { passed: false, detail: `Its SHA-256 is ${sha256 ?? 'unknown'}, another one${bytes} (${how}).` };
}
