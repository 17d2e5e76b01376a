import path from 'node:path';
import { startupSnapshot } from 'node:v8';
import { preloadSchemas } from '@modelcontextprotocol/server';
import { Fault } from '../../errors/fault.ts';
import { findPaths } from '../../host/paths.ts';
import type { Bridge } from '../bridge.ts';
import { type BridgeFlags, openBridge } from '../open-bridge.ts';
import { rehearse } from './rehearse.ts';
import { serveMcp } from './serve.ts';

// Run once, when the snapshot is made: what is loaded here is there at once in every process that starts from it.
preloadSchemas();
void rehearse();

startupSnapshot.setDeserializeMainFunction(() => {
  const [command, ...rest] = process.argv.slice(1);
  if (command === 'serve') {
    void serveMcp(rest, openFromParts);
  } else {
    process.stderr.write('vmbridge: This start-up snapshot holds "serve" alone; all else is in vmbridge.js.\n');
    process.exitCode = 2;
  }
});

/** The bridge whose dispatcher comes from the bundle on disk, with a class Fault of its own. */
async function openFromParts(flags: BridgeFlags | undefined): Promise<Bridge> {
  // Not imported: a snapshot must not hold the module loader's state.
  const { enableCompileCache } = process.getBuiltinModule('node:module');
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? path.join(findPaths().cache, 'compiled'));
  const bridge = await openBridge(flags);
  const { call, watch } = bridge;
  bridge.call = (...parameters) => call.apply(bridge, parameters).catch(adoptFault);
  bridge.watch = (...parameters) => watch.apply(bridge, parameters).catch(adoptFault);
  return bridge;
}

function adoptFault(error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'Fault') throw error;
  const { code, message, remedy, data, log, cause } = error as Fault;
  throw new Fault(code, message, { remedy, data, log, cause });
}
