import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { type SideTask, type SideTaskOptions, startSideTask } from '../../host/side-task.ts';
import type { ImageExport } from './export-image.ts';
import type { ReadFault } from './read-faults.ts';
import { closeMessage, type ExportReady, type ExportRequest, faultOf, type WorkerMessage } from './worker-messages.ts';

/** Buffers and tables are not counted here, and are limited where they are made. */
const heapMegabytes = 256;
/** For reads that are under way, once to end by themselves and once to be ended. */
const patienceMs = 2000;

/** The thread of one export as its owner sees it. */
export class ExportTask {
  readonly #request: ExportRequest;
  readonly #task: SideTask;
  readonly #opened = Promise.withResolvers<ExportReady>();
  readonly #failed = Promise.withResolvers<Fault>();
  readonly #faults: ReadFault[] = [];
  #ownsSocket = true;
  #closed: Promise<void> | undefined;

  constructor(file: URL | string, request: ExportRequest, kind?: SideTaskOptions<WorkerMessage>['kind']) {
    this.#request = request;
    const onMessage = (message: WorkerMessage) => this.#take(message);
    this.#task = startSideTask(file, { name: 'image-export', request, heapMegabytes, onMessage, kind });
    void this.#task.exited.then(error => this.#end(error));
  }

  /** Once clients can come. When they never will, or the signal is aborted before, nothing is left of the thread. */
  async ready(signal?: AbortSignal): Promise<ImageExport> {
    const cancel = () => {
      if (signal) this.#opened.reject(cancelledFault(signal, `Opening "${this.#request.path}"`));
    };
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return this.#describe(await this.#opened.promise);
    } catch (error) {
      this.#closed ??= this.#terminate();
      await this.#closed;
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #describe({ address, name, virtualSize, sectorSize, parents }: ExportReady): ImageExport {
    return {
      address,
      name,
      virtualSize,
      sectorSize,
      parents,
      faults: () => this.#faults,
      failed: this.#failed.promise,
      close: () => {
        this.#closed ??= this.#close();
        return this.#closed;
      },
    };
  }

  #take(message: WorkerMessage): void {
    if (message.kind === 'fault') this.#faults.push(faultOf(message.fault));
    else if (message.kind === 'ready') this.#opened.resolve(message);
    else {
      this.#opened.reject(faultOf(message.fault));
      // What is there may be that of another export.
      this.#ownsSocket = false;
    }
  }

  #end(error: unknown): void {
    if (this.#closed) return;
    const { path } = this.#request;
    const fault = new Fault('host_fault', `The thread that reads "${path}" ended unexpectedly.`, {
      remedy: 'Try it again; if it ends again, check the image, and how much memory is free on this computer.',
      data: { path, reason: error instanceof Error ? error.message : String(error) },
      cause: error,
    });
    this.#opened.reject(fault);
    this.#failed.resolve(fault);
  }

  async #close(): Promise<void> {
    this.#task.post(closeMessage);
    if (!(await this.#exitsSoon())) await this.#terminate();
    else await this.#removeSocket();
  }

  async #terminate(): Promise<void> {
    // A system call that does not return, as on a share whose server is gone, is not waited for.
    this.#task.kill();
    await this.#exitsSoon();
    this.#task.unref();
    await this.#removeSocket();
  }

  async #exitsSoon(): Promise<boolean> {
    const timer = new AbortController();
    try {
      const exited = this.#task.exited.then(() => true);
      return await Promise.race([exited, wait(patienceMs, false, { signal: timer.signal })]);
    } finally {
      timer.abort();
    }
  }

  /** One that did not end by itself leaves it behind. */
  async #removeSocket(): Promise<void> {
    const { address } = this.#request;
    if (this.#ownsSocket && address.kind === 'unix') await rm(address.path, { force: true });
  }
}
