import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** Bytes that may still be taken: of the whole host, or within the limit that is set for this process. */
export function measureMemory(): number {
  const limit = process.constrainedMemory();
  if (!(limit > 0 && limit < totalmem())) return freemem();
  return Math.min(freemem(), process.availableMemory() + readReclaimable());
}

/** Inside a limit, the copies of files that were read count as taken, although they go as soon as memory is wanted. */
function readReclaimable(): number {
  try {
    const text = readFileSync('/sys/fs/cgroup/memory.stat', 'latin1');
    return Number(/^inactive_file (\d{1,15})$/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
