import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { ConsoleSession } from '../console/console-session.ts';
import type { SeenFile } from './seen-file.ts';

const kinds: Readonly<Record<number, SeenFile['kind']>> = { 10: 'absent', 11: 'folder', 12: 'other' };

/** Looks at a file by a line at the guest's console. Faults: those of `ConsoleSession.run`, `failed` when the line did. */
export async function readConsoleFile(
  session: ConsoleSession,
  path: string,
  wantsHash: boolean,
  seconds: number,
  signal: AbortSignal,
): Promise<SeenFile> {
  const name = quoteWord(path, 'linux');
  const line =
    `p=${name}; [ -d "$p" ] && exit 11; [ -f "$p" ] || { [ -e "$p" ] && exit 12; exit 10; }; ` +
    (wantsHash ? 'sha256sum <"$p"' : '[ -r "$p" ]');
  const { exitCode, isOverdue, output, how } = await session.run(line, seconds, signal);
  if (isOverdue) throw new Fault('timeout', `The guest's shell did not read the file within ${seconds} s.`);
  const kind = kinds[exitCode ?? 0];
  if (kind !== undefined) return { kind, how };
  const sha256 = /(?:^|\n)([0-9a-f]{64}) /.exec(output)?.[1];
  if (exitCode !== 0 || (wantsHash && sha256 === undefined)) {
    throw new Fault('failed', `The guest's shell could not read the file (exit code ${exitCode ?? 'unknown'}).`);
  }
  return { kind: 'file', sha256, how };
}
