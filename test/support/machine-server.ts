import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { createBootDisk, obeyPowerButtonAsleep } from '../qemu/support/boot-sector.ts';
import type { Answer } from '../rpc/support/test-bridge.ts';
import { processesNaming } from './leftovers.ts';
import { bundleForTests } from './mcp-bundle.ts';
import { noProviders } from './no-providers.ts';

/** The least that a machine needs which boots in no time. */
export const smallest = { memoryBytes: 64 * 2 ** 20, cpus: 1, network: 'none' };

/** A home for servers that come and go, with the disk of a guest that heeds the power button. */
export interface MachineHome extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly disk: string;
  start(settings?: { readonly ownGroup?: boolean }): Promise<MachineServer>;
  /** What is there that belongs to no kept machine. */
  leftovers(): string[];
}

export interface MachineServer {
  readonly child: ChildProcess;
  readonly pid: number;
  /** A call at the door of programs; of a long one what it came to. */
  call(id: string, input?: object): Promise<Answer>;
  /** Ends it in order. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const configuration = {
  engine: { accelerator: 'tcg' },
  providers: { ...noProviders, qemu: { enabled: true } },
};

export async function openMachineHome(below = tmpdir()): Promise<MachineHome> {
  const folder = mkdtempSync(path.join(below, 'vmb-s-'));
  const home = path.join(folder, 'home');
  mkdirSync(home);
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(configuration));
  const disk = path.join(folder, 'obedient.raw');
  writeFileSync(disk, createBootDisk(obeyPowerButtonAsleep));
  const entry = await bundleForTests();
  const servers: ChildProcess[] = [];
  return {
    folder,
    home,
    disk,
    start: async ({ ownGroup = false } = {}) => {
      const environment = { ...process.env, VMBRIDGE_HOME: home };
      const child = spawn(process.execPath, [entry, 'rpc'], { env: environment, stdio: 'pipe', detached: ownGroup });
      servers.push(child);
      return describeServer(child);
    },
    leftovers: () => listLeftovers(folder, home),
    async [Symbol.asyncDispose]() {
      for (const child of servers) child.kill('SIGKILL');
      await wait(300);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function describeServer(child: ChildProcess): MachineServer {
  const exited = once(child, 'close');
  child.stdin?.on('error', () => {});
  child.stderr?.resume();
  const connection = listen(child);
  return {
    child,
    pid: child.pid!,
    call: async (id, input = {}) => {
      const answer: Answer = await Promise.race([
        connection.sendRequest(id, input),
        exited.then(() => Promise.reject(new Error(`The server ended during ${id}.`))),
      ]);
      return answer.operation !== undefined && 'result' in answer ? answer.result : answer;
    },
    stop: async () => {
      child.stdin?.end();
      await exited;
      connection.dispose();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      connection.dispose();
    },
  };
}

function listen(child: ChildProcess): MessageConnection {
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout!),
    new StreamMessageWriter(child.stdin!),
  );
  connection.onError(() => {});
  connection.listen();
  return connection;
}

function listLeftovers(folder: string, home: string): string[] {
  const read = (where: string) => {
    try {
      return readdirSync(where).map(name => path.join(where, name));
    } catch {
      return [];
    }
  };
  const machines = read(path.join(home, 'state', 'machines'));
  return [
    ...read(path.join(home, 'run')),
    ...read(path.join(home, 'cache')).filter(file => path.basename(file).startsWith('trial-')),
    ...read(folder).filter(file => path.basename(file).startsWith('.vmbridge-draft')),
    ...machines.filter(file => !/^[0-9a-f]{12}$|\.lock/.test(path.basename(file))),
    ...machines.filter(file => /^[0-9a-f]{12}$/.test(path.basename(file))).filter(file => !isWhole(file)),
    ...processesNaming(`${folder}/`),
  ];
}

function isWhole(machine: string): boolean {
  try {
    const { disks } = JSON.parse(readFileSync(path.join(machine, 'machine.json'), 'utf8'));
    const names = readdirSync(machine);
    return disks.every((disk: { file: string }) => names.includes(disk.file));
  } catch {
    return false;
  }
}

/** Waits until nothing is left, and returns what is all the same. */
export async function waitForNothing(place: MachineHome, milliseconds = 5000): Promise<string[]> {
  const end = performance.now() + milliseconds;
  let left = place.leftovers();
  while (left.length > 0 && performance.now() < end) {
    await wait(100);
    left = place.leftovers();
  }
  return left;
}

/** The second process that watches a server; only where /proc tells. */
export function findWarden(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).find(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0')[1] === '-e');
}
