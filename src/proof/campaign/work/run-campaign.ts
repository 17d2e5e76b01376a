import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { Progress } from '../../../model/call.ts';
import { toCampaignFault } from '../campaign-fault.ts';
import type { CampaignRow } from '../campaign-row.ts';
import { type CampaignProof, toFaultRow, toProofRow } from '../to-row.ts';
import { CampaignProgress } from './campaign-progress.ts';
import { MemoryGate } from './memory-gate.ts';
import type { Load } from './plan-load.ts';
import { runPool } from './run-pool.ts';

export interface CampaignItem {
  /** From 1, within the whole run. */
  readonly number: number;
  readonly image: string;
}

export interface CampaignWork {
  /** How many images the run has, and how many of them are done already. */
  readonly total: number;
  readonly done: number;
  readonly load: Load;
  readonly signal: AbortSignal;
  readonly progress: (update: Progress) => void;
  readonly measureMemory: () => number;
  /** Proves one image; a Fault is no verdict and becomes a row. */
  readonly prove: (item: CampaignItem, context: ProveContext) => Promise<CampaignProof>;
  /** Keeps what came of it. What it throws ends the run. */
  readonly keep: (item: CampaignItem, row: CampaignRow) => Promise<void>;
}

export interface ProveContext {
  readonly signal: AbortSignal;
  readonly memoryBytes: number;
  readonly progress: (update: Progress) => void;
}

/**
 * Proves images, several at a time, as far as the memory of the host allows. One that fails is a row, and the next one comes.
 * Cancelled: those under way are cancelled and stay open; those that are done stay done.
 */
export async function runCampaign(items: readonly CampaignItem[], work: CampaignWork): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([work.signal, broken.signal]);
  const { proofBytes, reserveBytes, memoryBytes, parallel } = work.load;
  const gate = new MemoryGate({ proofBytes, reserveBytes, measure: work.measureMemory, signal });
  const progress = new CampaignProgress(work.total, work.done, work.progress);
  const proveOne = async (item: CampaignItem): Promise<CampaignRow> => {
    try {
      return toProofRow(item.image, await work.prove(item, { signal, memoryBytes, progress: tell(item) }));
    } catch (error) {
      if (signal.aborted) throw cancelledFault(signal, `The proof of ${item.image}`);
      return toFaultRow(item.image, toCampaignFault(error));
    }
  };
  const tell = (item: CampaignItem) => (update: Progress) => progress.step(item.number, item.image, update);
  await runPool(
    items,
    parallel,
    async item => {
      await gate.enter(() => tell(item)({ message: 'waiting for memory' }));
      try {
        const row = await proveOne(item);
        await work.keep(item, row);
        progress.end(item.number, item.image, describe(row));
      } finally {
        gate.leave();
      }
    },
    error => broken.abort(error instanceof Fault ? error : undefined),
  );
}

function describe({ passed, state, fault }: CampaignRow): string {
  return `${passed ? 'passed' : 'failed'}, ${state ?? fault?.code ?? 'no verdict'}`;
}
