import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Provider } from '../../src/providers/define-provider.ts';
import type { Tool } from '../../src/tools/define-tool.ts';

export interface FoundTool {
  readonly tool: Tool;
  readonly name: string;
  readonly file: string;
}

export interface FoundProvider {
  readonly provider: Provider<unknown>;
  readonly folder: string;
}

/** Every tool that a file of src/tools exports, sorted by id. */
export async function findTools(root: string): Promise<FoundTool[]> {
  const folder = path.join(root, 'src/tools');
  const files = readdirSync(folder)
    .filter(file => file.endsWith('.ts'))
    .sort();
  const found = await Promise.all(
    files.map(async file =>
      Object.entries(await load(path.join(folder, file))).flatMap(([name, value]) =>
        isTool(value) ? [{ tool: value, name, file }] : [],
      ),
    ),
  );
  return found.flat().sort((a, b) => (a.tool.id < b.tool.id ? -1 : 1));
}

/** Every folder of src/providers with an index.ts, whose default export is the provider. */
export async function findProviders(root: string): Promise<FoundProvider[]> {
  const folder = path.join(root, 'src/providers');
  const folders = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  const found = await Promise.all(
    folders.map(async entry => {
      const module = await load(path.join(folder, entry.name, 'index.ts'));
      return { provider: module.default as Provider<unknown>, folder: entry.name };
    }),
  );
  return found.sort((a, b) => (a.provider.id < b.provider.id ? -1 : 1));
}

/** The tables of the bridge and of the inventory. */
export async function findOwnTables(): Promise<{ name: string; operations: object }[]> {
  const { bridgeOperations } = await import('../../src/bridge/index.ts');
  const { inventoryOperations } = await import('../../src/inventory/index.ts');
  return [
    { name: 'the bridge', operations: bridgeOperations },
    { name: 'the inventory', operations: inventoryOperations },
  ];
}

/** Ids of the tools that the bridge and the inventory answer. */
export async function findTables(): Promise<{ bridge: string[]; inventory: string[] }> {
  const { bridgeOperations } = await import('../../src/bridge/index.ts');
  const { inventoryOperations } = await import('../../src/inventory/index.ts');
  return { bridge: Object.keys(bridgeOperations).sort(), inventory: Object.keys(inventoryOperations).sort() };
}

async function load(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && 'declares' in value && value.declares === 'tool';
}
