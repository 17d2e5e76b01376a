import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { bundle, commonOptions } from '../../scripts/build/bundle.ts';
import { plugins, root } from '../../scripts/build/plugins.ts';
import { bundleForSnapshot } from '../../scripts/build/snapshot.ts';

/** A server to be measured: what node is given, and a call that costs it as little as any. */
export interface Program {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly trivialTool: string;
}

export interface Programs {
  readonly vmbridge: Program;
  readonly vmbridgeSnapshot: Program;
  readonly serverFilesystem: Program;
  readonly minimalNode: Program;
  readonly minimalSdk: Program;
}

const folder = path.join(root, '.cache/bench');

/** Everything that is measured, built from the source as it is. The pretend hypervisor stands for those of the host. */
export async function preparePrograms(): Promise<Programs> {
  rmSync(folder, { recursive: true, force: true });
  const home = path.join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const { entry } = await bundle(path.join(folder, 'dist'));
  const environment = { VMBRIDGE_HOME: home };
  const filesystem = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
  return {
    vmbridge: { name: 'vmbridge', arguments: [entry, 'serve'], environment, trivialTool: 'provider_list' },
    vmbridgeSnapshot: {
      name: 'vmbridge from a snapshot',
      arguments: ['--snapshot-blob', await makeSnapshot(), 'serve'],
      environment,
      trivialTool: 'provider_list',
    },
    serverFilesystem: {
      name: 'server-filesystem',
      arguments: [filesystem, folder],
      environment: {},
      trivialTool: 'list_allowed_directories',
    },
    minimalNode: {
      name: 'hand-written server',
      arguments: [path.join(root, 'bench/peers/minimal-node.mjs')],
      environment: {},
      trivialTool: 'item_1',
    },
    minimalSdk: {
      name: 'minimal server on the SDK',
      arguments: [await bundleMinimalSdk()],
      environment: {},
      trivialTool: 'items_list',
    },
  };
}

async function bundleMinimalSdk(): Promise<string> {
  const outfile = path.join(folder, 'minimal-sdk.js');
  const entryPoints = ['bench/peers/minimal-sdk.ts'];
  await build({ ...commonOptions, entryPoints, outfile, write: true, format: 'esm', plugins: [...plugins] });
  return outfile;
}

async function makeSnapshot(): Promise<string> {
  const script = await bundleForSnapshot(path.join(folder, 'dist'));
  const blob = path.join(folder, 'vmbridge.blob');
  const { status, stderr } = spawnSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', script]);
  if (status !== 0) throw new Error(`The snapshot could not be made: ${stderr}`);
  return blob;
}

/** An empty configuration has only the providers of this host; this one has no host at all. */
export function usePretendHypervisor(program: Program): void {
  const configuration = { providers: { memory: { enabled: true }, qemu: { enabled: false } } };
  writeFileSync(path.join(program.environment.VMBRIDGE_HOME ?? folder, 'config.json'), JSON.stringify(configuration));
}
