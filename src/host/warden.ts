import { type ChildProcess, spawn } from 'node:child_process';
import { folderMark } from './folder-mark.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { findMarked } from './warden/find-marked.ts';
import { runWarden, type WardenOrder } from './warden/warden-program.ts';

/** What is ended and removed should this process be killed. */
export interface Guarded {
  /** Ended before the folders are removed. */
  addProcess(identity: ProcessIdentity): void;
  /** To be called when the work has cleared up after itself, or has handed it over. */
  release(): void;
}

/** How long a warden without anything to guard is kept, in milliseconds: the next piece of work is often close. */
const idleMs = 10_000;
/** When so many in a row have lived for less than this, in milliseconds, they can not run here: tries become rare. */
const shortLife = 500;
const mostShortLives = 3;
const retryAfter = 10_000;

const orders = new Map<string, WardenOrder>();
let warden: ChildProcess | undefined;
let idle: NodeJS.Timeout | undefined;
let lastKey = 0;
let shortLives = 0;

/**
 * Has a second process watch this one: when this one ends without having released them, even by SIGKILL, the programs that
 * were started in the folders are ended and the folders removed. To be called before a folder is made. Never fails: where
 * the warden can not be started, what a killed process leaves is swept by the next one.
 */
export function guardFolders(folders: readonly string[]): Guarded {
  lastKey += 1;
  const key = String(lastKey);
  update({ key, folders });
  return {
    addProcess(identity) {
      const order = orders.get(key);
      if (order) update({ ...order, processes: [...(order.processes ?? []), identity] });
    },
    release() {
      if (!orders.delete(key)) return;
      send({ key });
      if (orders.size === 0) dismissSoon();
    },
  };
}

function update(order: WardenOrder): void {
  orders.set(order.key, order);
  clearTimeout(idle);
  if (warden) send(order);
  else startWarden();
}

function startWarden(): void {
  // Some loaders put a call of `__name` around functions, which the text alone does not have.
  const find = `()=>(${String(findMarked)})(${JSON.stringify(folderMark)})`;
  const program = `const __name=value=>value;(${String(runWarden)})(${find})`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', program], {
    // On its own, so that what ends this process and all its kin does not end the warden.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
    env: withoutNodeOptions(),
  });
  warden = child;
  const replace = () => {
    if (warden !== child) return;
    warden = undefined;
    shortLives = performance.now() - startedAt < shortLife ? shortLives + 1 : 0;
    if (shortLives <= mostShortLives) return startAgain();
    setTimeout(startAgain, retryAfter).unref();
  };
  child.on('error', replace);
  child.on('exit', replace);
  // Broken by its end, which is told as well.
  child.stdin.on('error', () => {});
  child.unref();
  // The input of a child is a socket, which would keep this process from ending.
  const { stdin } = child as { stdin: { unref?: () => void } };
  stdin.unref?.();
  for (const order of orders.values()) send(order);
}

function startAgain(): void {
  if (warden === undefined && orders.size > 0) startWarden();
}

function send(order: WardenOrder): void {
  warden?.stdin?.write(`${JSON.stringify(order)}\n`);
}

function dismissSoon(): void {
  clearTimeout(idle);
  idle = setTimeout(() => {
    const child = warden;
    warden = undefined;
    child?.stdin?.end();
  }, idleMs);
  idle.unref();
}

function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}
