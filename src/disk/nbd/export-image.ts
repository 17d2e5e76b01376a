import { randomBytes } from 'node:crypto';
import type { Fault } from '../../errors/fault.ts';
import { createLocalPipe } from '../../host/local-pipe.ts';
import type { ImageFormat } from '../../model/image.ts';
import { ExportTask } from './export-task.ts';
import type { ReadFault } from './read-faults.ts';
import type { ExportAddress, WantedAddress } from './serve-image.ts';
import { workerFile } from './worker-file.ts';

export interface ExportOptions {
  readonly path: string;
  readonly format: ImageFormat;
  /** As `openImage` takes them. */
  readonly parents?: readonly string[] | undefined;
  /** A private folder, for the socket. */
  readonly folder: string;
  /** Windows has no sockets with a path that both Node and QEMU know. */
  readonly addressKind?: 'unix' | 'inet' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A disk image that clients can read over NBD. */
export interface ImageExport {
  readonly address: ExportAddress;
  /** What a client has to ask for. */
  readonly name: string;
  readonly virtualSize: number;
  readonly sectorSize: number;
  /** Parent files, nearest first. */
  readonly parents: readonly string[];
  /** The first few different reasons why something could not be read, as far as is known by now. */
  readonly faults: () => readonly ReadFault[];
  /** Resolves when the thread that reads ended without being asked to. Never rejects. */
  readonly failed: Promise<Fault>;
  /** Breaks all connections, removes the socket and ends the thread; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens a disk image in a thread of its own and serves it read-only over NBD: what the main thread computes does not keep its
 * clients waiting, and an image that takes long or much memory to read harms nobody else. Faults: those of `openImage`,
 * `cancelled`, and `host_fault` when there can be no socket or no thread.
 */
export async function exportImage(options: ExportOptions): Promise<ImageExport> {
  const { path, format, parents = [], signal } = options;
  const address = await chooseAddress(options);
  return await new ExportTask(workerFile, { path, format, parents, address }).ready(signal);
}

/** A folder may see one export after another, of which the last one takes its socket away when the next is there already. */
let exports = 0;

async function chooseAddress({ folder, addressKind }: ExportOptions): Promise<WantedAddress> {
  const kind = addressKind ?? (process.platform === 'win32' ? 'inet' : 'unix');
  if (kind === 'inet') return { kind, name: randomBytes(16).toString('hex') };
  exports += 1;
  const { path } = await createLocalPipe(folder, `disk-${exports}`);
  return { kind, path };
}
