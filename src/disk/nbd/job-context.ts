import type { DiskImage } from '../disk-image.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { MemoryShare } from './memory-budget.ts';
import type { ReadFaults } from './read-faults.ts';
import type { ReplyQueue } from './reply-queue.ts';

/** What the requests of one connection share while they are answered. */
export interface JobContext {
  readonly image: DiskImage;
  readonly pool: BufferPool;
  readonly memory: MemoryShare;
  readonly replies: ReplyQueue;
  readonly faults: ReadFaults;
  /** Whether nobody waits for replies any more. */
  isClosed(): boolean;
  /** Called once by each job, when it holds nothing any more but what it gave to `replies`. */
  finished(): void;
}
