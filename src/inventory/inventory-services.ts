import type { ToolId } from '../catalog/types.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import type { ProviderRegistry } from './provider-registry.ts';

/** What those answer with who ask all providers at once. */
export interface InventoryServices {
  readonly providers: ProviderRegistry;
  /** Makes another call as part of this one: guarded and sent on like any other. */
  readonly run: (tool: ToolId, input: Readonly<Record<string, unknown>>, call: CallContext) => Promise<unknown>;
  /** Tells what such a call would do. */
  readonly plan: (
    tool: ToolId,
    input: Readonly<Record<string, unknown>>,
    call: CallContext,
  ) => Promise<readonly PlanStep[]>;
}
