import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestHome } from '../../../support/mcp-home.ts';
import { main } from './run-vmbridge.ts';

/** Whether `script` of util-linux is there, which runs a program on a terminal of its own. */
export const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

export interface Terminal {
  /** Everything that was shown so far. */
  shown(): string;
  type(text: string): void;
  /** Resolves when the text has been shown, so many times. */
  see(text: string, times?: number): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** `vmbridge …` on a terminal of so many columns. */
export function runOnTerminal(
  home: TestHome,
  words: readonly string[],
  settings: { columns?: number; environment?: Record<string, string>; stdoutTo?: string } = {},
): Terminal {
  const command = [process.execPath, main, ...words].map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const redirect = settings.stdoutTo === undefined ? '' : ` > '${settings.stdoutTo}'`;
  const line = `stty cols ${settings.columns ?? 80} rows 24; exec ${command}${redirect}`;
  // Node asks all of these whether a terminal has colours.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...environment } = home.environment;
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { ...environment, TERM: 'xterm', ...settings.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  return {
    shown: () => shown,
    type: text => child.stdin.write(text),
    see: async (text, times = 1) => {
      while (shown.split(text).length <= times) {
        if (child.exitCode !== null) throw new Error(`"${text}" was never shown:\n${shown}`);
        await delay(20);
      }
    },
    ended: once(child, 'close').then(([status]) => status as number | null),
  };
}
