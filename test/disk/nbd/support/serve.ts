import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { DiskImage } from '../../../../src/disk/disk-image.ts';
import { type ServedImage, type ServeOptions, serveImage } from '../../../../src/disk/nbd/serve-image.ts';
import { RawClient } from './raw-client.ts';

/** Serves images in this process; after each test they are closed, and so are the clients. */
export function useServer() {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-nbd-'));
  const servers: ServedImage[] = [];
  const clients: RawClient[] = [];
  let last = 0;
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    for (const server of servers.splice(0)) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async serve(image: DiskImage, options: Partial<ServeOptions> = {}): Promise<ServedImage> {
      mkdirSync(folder, { recursive: true });
      const address = { kind: 'unix', path: path.join(folder, `${last++}.sock`) } as const;
      const server = await serveImage(image, { address, ...options });
      servers.push(server);
      return server;
    },
    connect(server: Pick<ServedImage, 'address'>): RawClient {
      const client = new RawClient(server.address);
      clients.push(client);
      return client;
    },
  };
}

/** Waits until something is true. */
export async function until(isTrue: () => boolean, milliseconds = 5000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('That did not come true in time.');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
