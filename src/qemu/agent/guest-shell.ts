import { Fault } from '../../errors/fault.ts';
import { runCommand } from './run-command.ts';
import type { WithAgent } from './use-agent.ts';

const stepMs = 30_000;
/** Hashing a large file takes its time. */
const longStepMs = 3_600_000;

/** What a path in the guest is: `other` stands for folders' kin such as devices, pipes and sockets. */
export type GuestPathKind = 'absent' | 'file' | 'folder' | 'other';

const kinds: Readonly<Record<number, GuestPathKind>> = { 0: 'absent', 10: 'file', 11: 'folder', 12: 'other' };

// Fixed scripts: what they work on are their arguments. A dangling link is something, too.
const scripts = {
  kind: '[ -d "$1" ] && exit 11; [ -f "$1" ] && exit 10; { [ -e "$1" ] || [ -L "$1" ]; } && exit 12; exit 0',
  move: '[ "$3" = overwrite ] || { [ ! -e "$2" ] && [ ! -L "$2" ]; } || exit 17; [ ! -d "$2" ] || exit 11; mv -f -- "$1" "$2"',
  remove: 'rm -f -- "$1"',
  hash: 'sha256sum <"$1"',
};

/** One of the steps as a command in the guest. */
export function shellCommand(step: keyof typeof scripts, args: readonly string[]) {
  return { command: 'sh', arguments: ['-c', scripts[step], 'sh', ...args] };
}

export function moveCommand(source: string, target: string, overwrite: boolean) {
  return shellCommand('move', [source, target, overwrite ? 'overwrite' : '']);
}

/**
 * A few fixed steps through the guest's own shell. Each gives nothing where the guest has no such shell or its agent runs no programs; after the first such answer it is not asked again.
 */
export class GuestShell {
  readonly #withAgent: WithAgent;
  #absent = false;

  constructor(withAgent: WithAgent) {
    this.#withAgent = withAgent;
  }

  async findKind(path: string, signal?: AbortSignal): Promise<GuestPathKind | undefined> {
    const found = await this.#run(shellCommand('kind', [path]), stepMs, signal);
    return found?.exitCode === undefined ? undefined : kinds[found.exitCode];
  }

  /** `exists` when something has come to be at `target` in the meantime. */
  async move(
    source: string,
    target: string,
    overwrite: boolean,
    signal?: AbortSignal,
  ): Promise<'moved' | 'exists' | { failure: string } | undefined> {
    const found = await this.#run(moveCommand(source, target, overwrite), stepMs, signal);
    if (found === undefined) return undefined;
    if (found.exitCode === 0) return 'moved';
    return found.exitCode === 17 || found.exitCode === 11 ? 'exists' : { failure: found.stderr.toString('utf8') };
  }

  async remove(path: string, signal?: AbortSignal): Promise<boolean> {
    return (await this.#run(shellCommand('remove', [path]), stepMs, signal))?.exitCode === 0;
  }

  /** SHA-256 in hexadecimal digits. */
  async hash(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const found = await this.#run(shellCommand('hash', [path]), longStepMs, signal);
    // e3b0c442…b855  -
    return found?.exitCode === 0 ? /^[0-9a-f]{64}\b/.exec(found.stdout.toString('latin1'))?.[0] : undefined;
  }

  async #run(command: ReturnType<typeof shellCommand>, timeoutMs: number, signal: AbortSignal | undefined) {
    if (this.#absent) return undefined;
    try {
      return await runCommand(this.#withAgent, { ...command, timeoutMs }, signal);
    } catch (error) {
      const isMissing = error instanceof Fault && ['denied', 'unsupported', 'not_found'].includes(error.code);
      // Windows has no such shell; its agent says so in the language of the guest.
      const isRefused = error instanceof Fault && error.code === 'failed' && error.data?.command === 'guest-exec';
      if (!isMissing && !isRefused) throw error;
      this.#absent = true;
      return undefined;
    }
  }
}
