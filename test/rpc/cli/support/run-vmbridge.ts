import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createTestHome, type TestHome } from '../../../support/mcp-home.ts';
import { noProviders } from '../../../support/no-providers.ts';

export const main = path.resolve(import.meta.dirname, '../../../../src/main.ts');

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
export type Answer = any;

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as the one JSON value that it has to be. */
  readonly json: Answer;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: Record<string, string>;
  /** Called with each piece of stderr; may send a signal. */
  readonly watch?: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** A pretend hypervisor whose state outlives the command; the start of "slow" goes on until it is cancelled. */
export function createPretendHome(): TestHome {
  return createTestHome({
    providers: {
      ...noProviders,
      memory: {
        enabled: true,
        speed: 20,
        file: 'world.json',
        machines: [{ name: 'web', state: 'running' }, { name: 'db' }, { name: 'slow' }],
        faults: [{ tool: 'vm.start', vm: 'slow', hang: true, at: 0.5 }],
      },
    },
  });
}

/** `vmbridge …` as a child process without a terminal. */
export async function runVmbridge(home: TestHome, words: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...home.environment, ...options.environment },
    stdio: 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let seen = '';
  child.stderr.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    options.watch?.(seen, signal => child.kill(signal));
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return {
    status: status as number | null,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout);
    },
  };
}
