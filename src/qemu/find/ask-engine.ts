import { stat } from 'node:fs/promises';
import { escapeControls } from '../../errors/escape.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { runProgram } from '../../host/run-program.ts';
import type { EngineVersion } from '../engine.ts';
import { parseEngineVersion } from './engine-version.ts';
import { findInstallCommand } from './install-command.ts';

/** What a QEMU says of itself. */
export interface EngineAnswer {
  readonly version: EngineVersion;
  /** Folders of its firmware, as it names them; they need not be there. */
  readonly dataFolders: readonly string[];
}

export interface AskEngineOptions {
  readonly signal?: AbortSignal | undefined;
  /** Ask even though it has answered a moment ago. */
  readonly fresh?: boolean | undefined;
}

/**
 * How long an answer counts, in milliseconds: asking costs two processes, which at every start of a machine is as much as a
 * QEMU takes to load. Not for ever, as the file may be a script that starts another one.
 */
const rememberedMs = 5 * 60_000;

const answers = new Map<string, { readonly identity: string; readonly at: number; readonly answer: EngineAnswer }>();

/** Asks a program for its version and its folders. Faults: `unavailable` when it does not answer like QEMU, `cancelled`. */
export async function askEngine(system: string, { signal, fresh = false }: AskEngineOptions): Promise<EngineAnswer> {
  if (signal?.aborted) throw cancelledFault(signal, `Asking ${system}`);
  const identity = await identifyFile(system);
  const known = answers.get(system);
  const age = performance.now() - (known?.at ?? 0);
  if (!fresh && known !== undefined && known.identity === identity && age < rememberedMs) return known.answer;
  const [version, dataFolders] = await Promise.all([askVersion(system, signal), askDataFolders(system, signal)]);
  const answer = { version, dataFolders };
  if (identity !== undefined) answers.set(system, { identity, at: performance.now(), answer });
  return answer;
}

/** Changes with the file and whatever a link leads to; absent where the file cannot be looked at. */
async function identifyFile(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return undefined;
  }
}

async function askVersion(system: string, signal: AbortSignal | undefined): Promise<EngineVersion> {
  const { exitCode, stdout, stderr } = await runProgram(system, ['--version'], { signal, timeoutMs: 20_000 });
  const version = parseEngineVersion(stdout);
  if (exitCode === 0 && version) return version;
  throw new Fault('unavailable', `The program ${system} did not answer like QEMU when asked for its version.`, {
    remedy: await findInstallCommand(),
    data: {
      path: system,
      exitCode,
      stdout: escapeControls(stdout.slice(0, 2000)),
      stderr: escapeControls(stderr.slice(0, 2000)),
    },
  });
}

async function askDataFolders(system: string, signal: AbortSignal | undefined): Promise<string[]> {
  try {
    const { exitCode, stdout } = await runProgram(system, ['-L', 'help'], { signal, timeoutMs: 20_000 });
    if (exitCode !== 0) return [];
    return stdout.split(/\r?\n/).flatMap(line => line.trim() || []);
  } catch (error) {
    if (signal?.aborted) throw error;
    return [];
  }
}
