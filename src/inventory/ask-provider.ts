import type { ToolId, ToolInput, ToolOutput } from '../catalog/types.ts';
import type { CallContext } from '../model/call.ts';
import type { Operation } from '../providers/define-provider.ts';
import type { Place } from './place.ts';
import type { ProviderRegistry } from './provider-registry.ts';

/** A provider's operation with the session of one of its hosts; undefined when it has none of that name. */
export async function bindOperation<Id extends ToolId>(
  registry: ProviderRegistry,
  { provider, host }: Place,
  tool: Id,
): Promise<((input: ToolInput<Id>, call: CallContext) => Promise<ToolOutput<Id>>) | undefined> {
  const { operations } = await registry.load(provider);
  const slot = operations[tool];
  if (slot === undefined) return undefined;
  await registry.requireAvailable(provider);
  const run: Operation<unknown, Id> = typeof slot === 'function' ? slot : slot.run;
  const session = await registry.session(provider, host);
  return async (input, call) => run(session, input, call);
}
