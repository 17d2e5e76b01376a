import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { NodeServer, reply } from './support/node-server.ts';
import { openClient, unaborted as signal } from './support/open-client.ts';

const { cache } = createRequire(import.meta.url);
const loaded = () => [
  ...new Set(Object.keys(cache).flatMap(file => /node_modules.(undici|ws)\b/.exec(file)?.[1] ?? [])),
];

describe('the libraries that speak with a host', () => {
  it('are loaded by the first question, and by the first console', async () => {
    await import('../../../../src/providers/proxmox/index.ts');
    await using server = await NodeServer.start((_, response) => reply(response, { version: '9.2.3' }));
    await using client = openClient([server.address]);
    expect(loaded()).toEqual([]);
    await client.version(signal);
    expect(loaded()).toEqual(['undici']);
    const request = { method: 'GET', path: '/nodes/{node}/vncwebsocket', params: { node: 'pve1' } } as const;
    server.server.on('upgrade', (_, socket) => socket.destroy());
    await client.openWebSocket(request, { signal }).catch(() => {});
    expect(loaded()).toContain('ws');
  });
});
