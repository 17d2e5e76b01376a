import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { bundleForTests } from '../mcp-bundle.ts';
import { findPowerShell } from './find-powershell.ts';

export const moduleManifest = path.resolve(import.meta.dirname, '../../../ps-module/VmBridge/VmBridge.psd1');

export interface PlainError {
  readonly message: string;
  readonly id: string;
  readonly category: string;
  readonly target: unknown;
  readonly action: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ProgressRecord {
  readonly id: number;
  readonly parent: number;
  readonly activity: string;
  readonly status: string;
  readonly percent: number;
  readonly type: 'Processing' | 'Completed';
}

/** What a script left in the streams of PowerShell. Times are `{ $datetime, kind }`, dictionaries `{ $dictionary: pairs }`. */
export interface ScriptResult {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape.
  readonly output: any[];
  readonly errors: PlainError[];
  /** True when an error ended the script. */
  readonly terminated: boolean;
  readonly warnings: string[];
  readonly verbose: string[];
  readonly debug: string[];
  readonly progress: ProgressRecord[];
  readonly milliseconds: number;
  readonly stopMilliseconds: number | null;
  readonly state: string;
}

export interface ScriptOptions {
  /** Name of a runspace that is kept between scripts; without one each script has its own. */
  readonly runspace?: string;
  /** Only the cmdlets of the engine itself, none of Utility and Management. */
  readonly bare?: boolean;
  /** Stop the pipeline, as Ctrl+C does, once there are so many progress records. */
  readonly stopAfterProgress?: number;
}

/** A real PowerShell that runs scripts until it is disposed of. */
export class PowerShellHost implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly processId: number;

  constructor(child: ChildProcess) {
    if (child.stdout === null || child.pid === undefined) throw new Error('PowerShell did not start.');
    this.#child = child;
    this.processId = child.pid;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  run(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
    return this.#ask({ script, ...options }) as Promise<ScriptResult>;
  }

  /** Closes a runspace that was kept. */
  async close(runspace: string): Promise<void> {
    await this.#ask({ close: runspace });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    if (this.#child.exitCode === null) await ended;
    clearTimeout(timer);
  }

  async #ask(request: object): Promise<unknown> {
    this.#child.stdin?.write(`${Buffer.from(JSON.stringify(request)).toString('base64')}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('PowerShell ended.');
      if (value.startsWith('##')) return JSON.parse(value.slice(2));
    }
  }
}

/** Starts PowerShell with the server of the source as it is now; `environment` names the home. */
export async function openPowerShell(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PowerShellHost> {
  const { program } = findPowerShell();
  if (program === undefined) throw new Error('no PowerShell engine');
  const script = path.join(import.meta.dirname, 'host.ps1');
  const child = spawn(program, ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', script], {
    env: await powerShellEnvironment(environment),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return new PowerShellHost(child);
}

/** What the module needs to find this Node and the server of the source as it is now. */
export async function powerShellEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string | undefined>> {
  const folder = path.dirname(process.execPath);
  return {
    ...environment,
    PATH: `${folder}${path.delimiter}${environment.PATH ?? process.env.PATH}`,
    VMBRIDGE_SERVER: await bundleForTests(),
    POWERSHELL_TELEMETRY_OPTOUT: '1',
    POWERSHELL_UPDATECHECK: 'Off',
    NO_COLOR: '1',
  };
}
