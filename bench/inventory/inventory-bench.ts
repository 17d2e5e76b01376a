import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { bundle } from '../../scripts/build/bundle.ts';
import { noProviders } from '../../test/support/no-providers.ts';
import { Authority } from '../../test/support/proxmox/tls/authority.ts';
import type { Answer } from '../support/warm-server.ts';
import type { FleetSettings } from './fleet.ts';

export interface InventorySettings {
  readonly hosts: FleetSettings['hosts'];
  /** Machines of the pretend hypervisor. */
  readonly pretended?: number;
  readonly deadlineSeconds?: number;
}

/** `vmbridge rpc`, bundled as it is shipped, whose configuration names the pretend hosts of a fleet. All goes with it. */
export class InventoryBench {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  readonly #authority = new Authority('vmbridge bench');
  readonly #children: ChildProcess[] = [];
  #addresses: string[] = [];
  #entry = '';

  static async open(settings: InventorySettings): Promise<InventoryBench> {
    const bench = new InventoryBench();
    try {
      await bench.#prepare(settings);
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  get caFile(): string {
    return this.#authority.caFile;
  }

  /** Of the list of machines at each host. */
  get listAddresses(): string[] {
    return this.#addresses.map(address => `https://${address}/api2/json/cluster/resources?type=vm`);
  }

  get #environment(): NodeJS.ProcessEnv {
    const passphrase = { VMBRIDGE_PASSPHRASE: 'bench with horses' };
    return { ...process.env, ...passphrase, VMBRIDGE_HOME: path.join(this.folder, 'home') };
  }

  /** A server that has just been started, and what it was asked for. */
  openServer(): InventoryServer {
    return new InventoryServer(this.start([this.#entry, 'rpc'], this.#environment));
  }

  /** A program of Node that ends with this. */
  start(words: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
    const child = spawn(process.execPath, words, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  async #prepare({ hosts, pretended = 0, deadlineSeconds = 5 }: InventorySettings): Promise<void> {
    const { certFile, keyFile } = this.#authority.forServer(['127.0.0.1']);
    const fleet = this.start([
      path.join(import.meta.dirname, 'fleet.ts'),
      JSON.stringify({ certFile, keyFile, hosts }),
    ]);
    const ports: number[] = JSON.parse(await firstLine(fleet));
    this.#addresses = ports.map(port => `127.0.0.1:${port}`);
    this.#entry = (await bundle(path.join(this.folder, 'dist'))).entry;
    mkdirSync(path.join(this.folder, 'home'));
    const machines = Array.from({ length: pretended }, (_, number) => ({ name: `pretend-${number}` }));
    const configuration = {
      inventory: { deadlineSeconds },
      providers: { ...noProviders, proxmox: { enabled: true }, memory: { enabled: pretended > 0, machines } },
      hosts: Object.fromEntries(this.#addresses.map((address, index) => [`h${index}`, this.#host(address)])),
    };
    writeFileSync(path.join(this.folder, 'home', 'config.json'), JSON.stringify(configuration));
    const keep = this.start([this.#entry, 'credential', 'set', 'bench', '-'], this.#environment);
    keep.stdin?.end('f0e1d2c3-bench\n');
    keep.stdout?.resume();
    await once(keep, 'close');
  }

  #host(address: string) {
    const account = { user: 'root@pam', tokenId: 'bench', credential: 'bench' };
    return { provider: 'proxmox', addresses: [address], ...account, caFile: this.caFile };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue;
      const closed = once(child, 'close');
      child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(timer);
    }
    this.#authority.remove();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export class InventoryServer {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;

  constructor(child: ChildProcess) {
    if (child.stdout === null || child.stdin === null) throw new Error('The server has no pipes.');
    this.#child = child;
    this.#connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.#connection.listen();
  }

  call(method: string, input: object = {}): Promise<Answer> {
    return this.#connection.sendRequest(method, input);
  }

  /** Of the process now, and at the most, in megabytes. */
  memory(): { readonly now: number; readonly peak: number } {
    const text = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024;
    return { now: read('VmRSS'), peak: read('VmHWM') };
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
    this.#connection.dispose();
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The fleet has no output.');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('The fleet did not start.');
}
