import { expect, it } from 'vitest';
import { startRawServer } from '../../support/mcp-raw-server.ts';

const clientInfo = { name: 'raw', version: '1' };

it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
  'A client that opens with initialize of %s is served by that revision',
  async protocolVersion => {
    const server = await startRawServer();
    const greeting = await server.request('initialize', { protocolVersion, capabilities: {}, clientInfo });
    expect(greeting.result).toMatchObject({ protocolVersion, serverInfo: { name: 'vmbridge' } });
    server.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const list = await server.request('tools/list');
    expect(list.result).toMatchObject({ tools: expect.arrayContaining([expect.objectContaining({ name: 'vm_get' })]) });
    const call = await server.callTool('vm_get', { vm: 'web' });
    expect(call.result).toMatchObject({ structuredContent: { machine: { name: 'web' } } });
    await server.stop();
  },
);
