import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import type { ConfiguredHost } from '../../model/host.ts';
import type { BridgeServices } from '../bridge-services.ts';

/** A configured host by name. Fault `not_found` with similar names. */
export function requireHost({ hosts }: Pick<BridgeServices, 'hosts'>, name: string): ConfiguredHost {
  const all = hosts.hosts();
  const settings = Object.hasOwn(all, name) ? all[name] : undefined;
  if (settings !== undefined) return { name, ...settings };
  const candidates = Object.keys(all);
  throw new Fault('not_found', `There is no host "${name.slice(0, 100)}" in the configuration.`, {
    remedy: `${suggestWords(name, candidates)}See: vmbridge host list`,
    data: { field: 'host', candidates: candidates.slice(0, 50) },
  });
}
