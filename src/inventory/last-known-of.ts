import { LastKnown } from './last-known.ts';
import type { ProviderRegistry } from './provider-registry.ts';

const known = new WeakMap<ProviderRegistry, LastKnown>();

/** What is remembered of the machines of a registry's places; written down at the latest when it closes. */
export function lastKnownOf(registry: ProviderRegistry): LastKnown {
  const found = known.get(registry);
  if (found !== undefined) return found;
  const created = new LastKnown(registry.paths.cache);
  known.set(registry, created);
  registry.beforeClose(() => created.flush());
  return created;
}
