import { parentPort, workerData } from 'node:worker_threads';

/** The side of a task that `startSideTask` started. */
export interface SidePort {
  /** What it was started with, as it came from the other side. */
  readonly request: unknown;
  post(message: unknown): void;
  /** Resolves at the next message. */
  readonly told: Promise<unknown>;
  /** Nothing more is said or heard, so that the task can end. */
  close(): void;
}

/** To be called once, first of all. */
export async function openSidePort(): Promise<SidePort> {
  const port = parentPort;
  if (!port) return await openProcessPort();
  return {
    request: workerData,
    post: message => port.postMessage(message),
    told: new Promise(resolve => port.once('message', resolve)),
    close: () => port.close(),
  };
}

async function openProcessPort(): Promise<SidePort> {
  // Whoever wanted the work is gone.
  process.once('disconnect', () => process.exit());
  // A terminal tells all of its processes; the other side decides what that means.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const first = await new Promise<unknown>(resolve => process.once('message', resolve));
  return {
    request: (first as { request: unknown }).request,
    post: message => process.send?.(message),
    told: new Promise(resolve => process.once('message', resolve)),
    close: () => process.disconnect?.(),
  };
}
