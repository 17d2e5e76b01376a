import summary from '../catalog/summary.json' with { type: 'json' };
import type { CatalogEntry } from './bridge.ts';
import { type GuardSettings, refuseTool } from './guard.ts';

const entries = summary.tools as readonly CatalogEntry[];
const bridgeTools: ReadonlySet<string> = new Set([...summary.bridge, ...summary.inventory]);

export interface OfferedProvider {
  readonly id: string;
  readonly tools: readonly string[];
}

/** Every tool that the guard lets through and that the bridge itself or one of the providers answers. */
export function offeredTools(settings: GuardSettings, providers: readonly OfferedProvider[]): CatalogEntry[] {
  const answered = new Set(providers.flatMap(provider => provider.tools));
  return entries.filter(
    entry => refuseTool(settings, entry) === undefined && (bridgeTools.has(entry.id) || answered.has(entry.id)),
  );
}

export function findEntry(id: string): CatalogEntry | undefined {
  return entries.find(entry => entry.id === id);
}

export function knownGroups(): string[] {
  return [...new Set(entries.map(entry => entry.group))].sort();
}
