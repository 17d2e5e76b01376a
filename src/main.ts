#!/usr/bin/env node
import module from 'node:module';
import path from 'node:path';
import { findPaths } from './host/paths.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `vmbridge: Node 22.19 or later is needed; this is ${process.versions.node}, ${process.execPath}\n`,
  );
  process.exit(1);
}

// A little of each start goes into compiling the bundle; V8 need not do it again.
module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? path.join(findPaths().cache, 'compiled'));

const [command, ...rest] = process.argv.slice(2);
const wantsHelp = rest.includes('--help') || rest.includes('-h');

if (command === 'serve' && !wantsHelp) {
  await (await import('./rpc/mcp/serve.ts')).serveMcp(rest);
} else if (command === 'rpc' && !wantsHelp) {
  await (await import('./rpc/jsonrpc/serve.ts')).serveJsonRpc(rest);
} else {
  await (await import('./rpc/cli/run.ts')).runCommandLine(process.argv.slice(2));
}
