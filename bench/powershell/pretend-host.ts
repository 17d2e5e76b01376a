import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { bundle } from '../../scripts/build/bundle.ts';
import { root } from '../../scripts/build/plugins.ts';
import { noProviders } from '../../test/support/no-providers.ts';
import { findPowerShell } from '../../test/support/powershell/find-powershell.ts';
import { PowerShellHost } from '../../test/support/powershell/powershell-host.ts';

export interface PretendMachine {
  readonly name: string;
  readonly state?: 'running';
}

/** A private home with the pretend hypervisor, the server as it is shipped, and what talks to it. All goes with it. */
export class PretendHost {
  readonly manifest = path.join(root, 'ps-module/VmBridge/VmBridge.psd1');
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  readonly #program: string;
  readonly #children: ChildProcess[] = [];
  #entry = '';

  private constructor(program: string) {
    this.#program = program;
  }

  /** Undefined, and a line that says why, where there is no PowerShell. */
  static async open(what: string, machines: readonly PretendMachine[]): Promise<PretendHost | undefined> {
    const { program, reason } = findPowerShell();
    if (program === undefined) {
      console.log(`\n${what}: left out, ${reason}`);
      return undefined;
    }
    const host = new PretendHost(program);
    const configuration = { providers: { ...noProviders, memory: { enabled: true, machines } } };
    mkdirSync(host.#home);
    writeFileSync(path.join(host.#home, 'config.json'), JSON.stringify(configuration));
    host.#entry = (await bundle(path.join(host.#folder, 'dist'))).entry;
    return host;
  }

  get #home(): string {
    return path.join(this.#folder, 'home');
  }

  get #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      VMBRIDGE_HOME: this.#home,
      VMBRIDGE_SERVER: this.#entry,
      POWERSHELL_TELEMETRY_OPTOUT: '1',
      POWERSHELL_UPDATECHECK: 'Off',
      NO_COLOR: '1',
    };
  }

  /** What a script writes in a PowerShell of its own, as numbers. */
  async runFresh(script: string): Promise<number[]> {
    const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script];
    const { stdout } = await promisify(execFile)(this.#program, args, { env: this.#environment, encoding: 'utf8' });
    return stdout.trim().split(/\s+/).map(Number);
  }

  /** A PowerShell that stays. */
  openPowerShell(): PowerShellHost {
    const script = path.join(root, 'test/support/powershell/host.ps1');
    const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', script];
    return new PowerShellHost(
      spawn(this.#program, args, { env: this.#environment, stdio: ['pipe', 'pipe', 'inherit'] }),
    );
  }

  /** A server of the same kind as the module starts, and a client of it in this process. */
  openClient(): MessageConnection {
    const child = spawn(process.execPath, [this.#entry, 'rpc', '--attended'], {
      env: this.#environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#children.push(child);
    const reader = new StreamMessageReader(child.stdout);
    const connection = createMessageConnection(reader, new StreamMessageWriter(child.stdin));
    connection.listen();
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const closed = once(child, 'close');
      child.stdin?.end();
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
