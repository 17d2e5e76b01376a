import type { MachineNow } from '../machines/read-machine.ts';
import type { ProxmoxSession } from '../session.ts';

/** What a copy works with. */
export interface CopyServices {
  readonly session: ProxmoxSession;
  readonly now: MachineNow;
  readonly signal: AbortSignal;
  progress(done: number, total: number | undefined): void;
}
