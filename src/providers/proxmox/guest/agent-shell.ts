import { Fault } from '../../../errors/fault.ts';
import { moveCommand, shellCommand } from '../../../qemu/agent/guest-shell.ts';
import type { MachineNow } from '../machines/read-machine.ts';
import type { ProxmoxSession } from '../session.ts';
import { type CommandEnd, type GuestCommand, runCommand } from './run-command.ts';

const stepMs = 60_000;
/** Hashing a large file takes its time. */
const longStepMs = 3_600_000;

export type PathKind = 'absent' | 'file' | 'folder' | 'other';
const kinds: Readonly<Record<number, PathKind>> = { 0: 'absent', 10: 'file', 11: 'folder', 12: 'other' };

/** Adds to a file what comes as base64. */
export function appendCommand(path: string) {
  return { command: 'sh', arguments: ['-c', 'base64 -d >>"$1"', 'sh', path] };
}

/** Megabytes of a file as base64, from one on. */
export function pieceCommand(path: string, first: number, count: number) {
  const script = 'dd if="$1" bs=1048576 skip="$2" count="$3" 2>/dev/null | base64';
  return { command: 'sh', arguments: ['-c', script, 'sh', path, String(first), String(count)] };
}

/**
 * A few fixed steps through the guest's own shell. Each gives undefined where the guest has no such shell or its agent runs
 * no programs; after the first such answer it is not asked again.
 */
export class AgentShell {
  readonly #session: ProxmoxSession;
  readonly #now: MachineNow;
  #absent = false;

  constructor(session: ProxmoxSession, now: MachineNow) {
    this.#session = session;
    this.#now = now;
  }

  async findKind(path: string, signal: AbortSignal): Promise<PathKind | undefined> {
    const found = await this.run(shellCommand('kind', [path]), signal);
    return found?.exitCode === undefined ? undefined : kinds[found.exitCode];
  }

  /** `exists` when something has come to be at `target` in the meantime. */
  async move(
    source: string,
    target: string,
    overwrite: boolean,
    signal: AbortSignal,
  ): Promise<'moved' | 'exists' | { failure: string }> {
    const found = await this.run(moveCommand(source, target, overwrite), signal);
    if (found?.exitCode === 0) return 'moved';
    return found?.exitCode === 17 || found?.exitCode === 11
      ? 'exists'
      : { failure: found?.stderr.toString('utf8') ?? '' };
  }

  async remove(path: string, signal: AbortSignal): Promise<boolean> {
    return (await this.run(shellCommand('remove', [path]), signal))?.exitCode === 0;
  }

  /** SHA-256 in hexadecimal digits. */
  async hash(path: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.run({ ...shellCommand('hash', [path]), timeoutMs: longStepMs }, signal);
    // e3b0c442…b855  -
    return found?.exitCode === 0 ? /^[0-9a-f]{64}\b/.exec(found.stdout.toString('latin1'))?.[0] : undefined;
  }

  async run(
    command: Omit<GuestCommand, 'timeoutMs'> & { readonly timeoutMs?: number },
    signal: AbortSignal,
  ): Promise<CommandEnd | undefined> {
    if (this.#absent) return undefined;
    try {
      return await runCommand(this.#session, this.#now, { timeoutMs: stepMs, ...command }, signal);
    } catch (error) {
      // Windows has no such shell; its agent says so in the language of the guest.
      if (signal.aborted || !(error instanceof Fault) || !isMissing(error)) throw error;
      this.#absent = true;
      return undefined;
    }
  }
}

function isMissing({ code, data }: Fault): boolean {
  return (code === 'not_found' && data?.field === 'command') || (code === 'denied' && data?.status === 500);
}
