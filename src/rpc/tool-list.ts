import summary from '../catalog/summary.json' with { type: 'json' };
import type { CatalogEntry } from './bridge.ts';
import { type GuardSettings, refuseTool } from './guard.ts';

const entries = summary.tools as readonly CatalogEntry[];
const bridgeTools: ReadonlySet<string> = new Set([...summary.bridge, ...summary.inventory]);

export interface OfferedProvider {
  readonly id: string;
  readonly tools: readonly string[];
  /** Fields that it refuses, by tool id. */
  readonly without?: Readonly<Record<string, readonly string[] | undefined>> | undefined;
}

/** Every tool that the guard lets through and that the bridge itself or one of the providers answers. */
export function offeredTools(settings: GuardSettings, providers: readonly OfferedProvider[]): CatalogEntry[] {
  return entries.flatMap(entry => {
    if (refuseTool(settings, entry) !== undefined) return [];
    if (bridgeTools.has(entry.id)) return [entry];
    const able = providers.filter(provider => provider.tools.includes(entry.id));
    return able.length === 0 ? [] : [withoutRefused(entry, able)];
  });
}

/** Leaves out the fields that every one of the providers refuses: a model would pay for reading them and could never set one. */
function withoutRefused(entry: CatalogEntry, providers: readonly OfferedProvider[]): CatalogEntry {
  const lists = providers.map(({ without }) => without?.[entry.id] ?? []);
  const refused = lists[0]?.filter(field => lists.every(list => list.includes(field))) ?? [];
  const { properties, ...rest } = entry.mcp.inputSchema;
  if (refused.length === 0 || typeof properties !== 'object' || properties === null) return entry;
  const left = Object.entries(properties).filter(([field]) => !refused.includes(field));
  return { ...entry, mcp: { ...entry.mcp, inputSchema: { ...rest, properties: Object.fromEntries(left) } } };
}

export function findEntry(id: string): CatalogEntry | undefined {
  return entries.find(entry => entry.id === id);
}

export function knownGroups(): string[] {
  return [...new Set(entries.map(entry => entry.group))].sort();
}
