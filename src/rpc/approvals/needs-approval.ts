import type { Configuration } from '../../bridge/configuration/schema.ts';
import { type DoorName, isPersonal } from '../../model/call.ts';
import type { Effect } from '../../tools/define-tool.ts';

/** How long a person may take to decide, where the configuration does not say. */
export const defaultMinutes = 10;

/**
 * Whether a person has to approve a call. At the command line, or in a shell that asks itself, the person is the caller. Over MCP
 * it is a model that calls: what changes something is asked about, unless the configuration relaxes that; what destroys is
 * asked about always, also over plain JSON-RPC.
 */
export function needsApproval(
  tool: string,
  effect: Effect,
  door: DoorName,
  settings: Configuration['approvals'],
): boolean {
  if (isPersonal(door) || tool === 'operation.cancel') return false;
  if (effect === 'destroy') return true;
  return effect === 'change' && door === 'mcp' && (settings?.ask ?? ['change']).includes('change');
}
