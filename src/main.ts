#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { findPaths } from './host/paths.ts';

// V8 need not compile again what an earlier process compiled.
enableCompileCache(process.env.NODE_COMPILE_CACHE ?? path.join(findPaths().cache, 'compiled'));

const [command, ...rest] = process.argv.slice(2);

if (command === 'serve' && !rest.includes('--help')) {
  await (await import('./rpc/mcp/serve.ts')).serveMcp(rest);
} else if (command === 'rpc' && !rest.includes('--help')) {
  await (await import('./rpc/jsonrpc/serve.ts')).serveJsonRpc(rest);
} else {
  await (await import('./rpc/cli/run.ts')).runCommandLine(process.argv.slice(2));
}
