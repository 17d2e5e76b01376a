import { Fault } from '../errors/fault.ts';

const mebibyte = 1024 * 1024;
const least = 256 * mebibyte;

export interface LessMemory<Result> {
  readonly result: Result;
  /** What it was started with, in bytes. */
  readonly memoryBytes: number;
  /** Says so when that is less than was planned. */
  readonly warning?: string | undefined;
}

/**
 * Starts a machine with the memory that the host has left: when it refuses what was planned, with half of it, and so on
 * down to 256 MiB. Whoever named a size gets less as well, and is told. Throws what `start` throws for any other reason,
 * and the host's refusal when even the least was too much.
 */
export async function startWithLessMemory<Result>(
  plannedBytes: number,
  start: (memoryBytes: number) => Promise<Result>,
): Promise<LessMemory<Result>> {
  for (let memoryBytes = plannedBytes; ; memoryBytes = halve(memoryBytes)) {
    try {
      const result = await start(memoryBytes);
      return {
        result,
        memoryBytes,
        ...(memoryBytes < plannedBytes && { warning: describe(plannedBytes, memoryBytes) }),
      };
    } catch (error) {
      if (!isRefusal(error) || memoryBytes <= least) throw error;
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Fault && error.data?.reason === 'memory';
}

function halve(bytes: number): number {
  return Math.max(least, Math.floor(bytes / 2 / mebibyte) * mebibyte);
}

function describe(planned: number, used: number): string {
  const format = (bytes: number) => `${Math.round(bytes / mebibyte)} MiB`;
  return `The host refused ${format(planned)} of memory; the machine runs with ${format(used)}.`;
}
