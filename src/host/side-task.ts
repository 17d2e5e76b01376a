import { fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A file of ours that runs beside the main thread. It ends with this process. */
export interface SideTask {
  /** Resolves when it has ended, with what went wrong where that is known. Never rejects. */
  readonly exited: Promise<unknown>;
  post(message: unknown): void;
  /** Ends it without asking. */
  kill(): void;
  /** Lets this process end before it. */
  unref(): void;
}

export interface SideTaskOptions<Message> {
  /** Shown where threads are listed. */
  readonly name: string;
  /** What it is started with: data that can be copied. */
  readonly request: unknown;
  readonly heapMegabytes: number;
  readonly onMessage: (message: Message) => void;
  readonly kind?: 'thread' | 'process' | undefined;
}

// Objects of one request die young; a scavenge of a larger space would only take memory.
const youngMegabytes = 32;

/** Runs a file in a thread, or in a process where a thread would bring this process down. The file talks through `openSidePort`. */
export function startSideTask<Message>(file: URL | string, options: SideTaskOptions<Message>): SideTask {
  const kind = options.kind ?? (isUnsafeAsThread(file) ? 'process' : 'thread');
  return kind === 'thread' ? startThread(file, options) : startProcess(file, options);
}

/** Both as of Node 24. */
function isUnsafeAsThread(file: URL | string): boolean {
  // Where the process began as a start-up snapshot, a thread that opens a socket fails an assertion.
  if (process.execArgv.some(argument => argument.startsWith('--snapshot-blob'))) return true;
  // During development: types are stripped by WebAssembly, and one thread in some hundreds that used it fails a check of V8 when
  // it ends ("jit_page.has_value()").
  return String(file).endsWith('.ts');
}

function startThread<Message>(file: URL | string, options: SideTaskOptions<Message>): SideTask {
  const { name, request, heapMegabytes, onMessage } = options;
  const resourceLimits = { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: youngMegabytes };
  // Without the arguments of this process: a loader of other languages would only make the start slow.
  const worker = new Worker(file, { name, workerData: request, execArgv: [], resourceLimits });
  let failure: unknown;
  worker.on('message', onMessage);
  worker.on('error', error => {
    failure = error;
  });
  return {
    exited: new Promise(resolve => worker.once('exit', () => resolve(failure))),
    post: message => worker.postMessage(message),
    kill: () => void worker.terminate().catch(() => {}),
    unref: () => worker.unref(),
  };
}

function startProcess<Message>(file: URL | string, options: SideTaskOptions<Message>): SideTask {
  const { request, heapMegabytes, onMessage } = options;
  const cache = getCompileCacheDir();
  const child = fork(typeof file === 'string' ? file : fileURLToPath(file), [], {
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    env: { ...process.env, ...(cache !== undefined && { NODE_COMPILE_CACHE: path.dirname(cache) }) },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('message', message => onMessage(message as Message));
  // One that has just ended can not be told anything.
  const post = (message: unknown) => void (child.connected && child.send(message as object, () => {}));
  post({ request });
  return {
    exited: new Promise(resolve => {
      child.once('error', resolve);
      child.once('exit', (code, signal) => resolve(new Error(`It ended with ${signal ?? `status ${code}`}.`)));
    }),
    post,
    kill: () => void child.kill('SIGKILL'),
    unref() {
      child.unref();
      child.channel?.unref();
    },
  };
}
