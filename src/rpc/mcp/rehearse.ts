import { PassThrough } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Bridge } from '../bridge.ts';
import { createServer } from './create-server.ts';
import { LineTransport } from './line-transport.ts';

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'rehearsal', version: '0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const conversations = [
  [
    {
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'rehearsal', version: '0' } },
    },
    { method: 'tools/list' },
    { method: 'tools/call', params: { name: 'provider_list', arguments: {} } },
  ],
  [
    { method: 'server/discover', params: { _meta: envelope } },
    { method: 'tools/list', params: { _meta: envelope } },
    { method: 'tools/call', params: { name: 'provider_list', arguments: {}, _meta: envelope } },
  ],
];

const bridge: Bridge = {
  listTools: () => [],
  call: async () => ({ providers: [] }),
  plan: async tool => ({ tool, effect: 'read', steps: [] }),
  onToolsChanged: () => () => {},
  onLog: () => () => {},
  watch: async () => ({ machines: [], missing: [], stop() {} }),
  refreshTools: async () => {},
  close: async () => {},
};

/** Plays the opening of both eras through, so that what either builds at its first use is there from then on. */
export async function rehearse(): Promise<void> {
  for (const requests of conversations) {
    const input = new PassThrough();
    const output = new PassThrough().resume();
    const transport = new LineTransport(input, output);
    const handle = serveStdio(() => createServer(bridge, () => {}), { transport });
    for (const [id, request] of requests.entries()) {
      input.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...request })}\n`);
    }
    input.end();
    await transport.ended;
    await handle.close();
  }
}
