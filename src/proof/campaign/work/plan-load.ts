import { defaultMemoryBytes } from '../../../qemu/default-memory.ts';

const mebibyte = 2 ** 20;
/** What QEMU takes beside the memory of its guest: its code, translated code, pictures. */
const overheadBytes = 256 * mebibyte;
const leastReserveBytes = 256 * mebibyte;

export interface HostSize {
  readonly cores: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface LoadRequest {
  readonly parallel?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly cpus?: number | undefined;
}

export interface Load {
  readonly parallel: number;
  /** Memory of each guest. */
  readonly memoryBytes: number;
  /** What one proof takes of the host. */
  readonly proofBytes: number;
  /** What is left to the host. */
  readonly reserveBytes: number;
}

/** How many proofs a host carries side by side, and with how much memory: as many as it has cores and free memory for. */
export function planLoad({ cores, freeBytes, totalBytes }: HostSize, request: LoadRequest): Load {
  const reserveBytes = Math.max(leastReserveBytes, Math.floor(totalBytes / 20));
  const share = freeBytes / (request.parallel ?? 1) - (request.parallel === undefined ? 0 : overheadBytes);
  const memoryBytes = request.memoryBytes ?? Math.min(defaultMemoryBytes(freeBytes), defaultMemoryBytes(share * 2));
  const proofBytes = memoryBytes + overheadBytes;
  const byCores = Math.floor(cores / (request.cpus ?? Math.min(2, cores)));
  const byMemory = Math.floor((freeBytes - reserveBytes) / proofBytes);
  const parallel = request.parallel ?? Math.max(1, Math.min(byCores, byMemory));
  return { parallel, memoryBytes, proofBytes, reserveBytes };
}
