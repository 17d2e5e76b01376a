import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentGuest } from '../../support/images/index.ts';
import { missingImageTools } from '../../support/missing-image-tools.ts';
import { findFreePort } from './support/free-port.ts';
import { done, type MachineBench, openMachineBench } from './support/machines.ts';

let bench: MachineBench;
let lent: Server;
beforeAll(async () => {
  bench = await openMachineBench();
  lent = createHttpServer((_request, response) => response.end('host')).listen(0, '127.0.0.1');
});
afterAll(async () => {
  lent.close();
  await bench[Symbol.asyncDispose]();
});

const asServer = { door: 'jsonrpc' } as const;
const run = (id: string, input: object) => done(bench.call(id, input, asServer));
const portOf = (server: Server) => (server.address() as { port: number }).port;
const fetchText = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(20_000) })).text();

const missing = missingImageTools();

describe.skipIf(missing !== undefined)(`the network of a guest ${missing ?? ''}`, () => {
  const shared = { name: 'data', readOnly: true };
  let first = 0;
  beforeAll(async () => {
    first = await findFreePort();
    const folder = path.join(bench.folder, 'a, "shared" folder');
    mkdirSync(folder);
    await run('vm.create', {
      name: 'guest',
      image: await agentGuest(),
      linked: true,
      // The kernel of this guest knows no other network card than the one that comes with such a disk.
      bus: 'virtio',
      memoryBytes: 256 * 2 ** 20,
      network: 'user',
      forwards: [{ hostPort: first, guestPort: 80 }],
      shares: [{ ...shared, path: folder }],
    });
    await run('vm.start', { vm: 'guest' });
    await run('vm.wait', { vm: 'guest', for: 'port', port: 80, timeoutSeconds: 200, wait: 200 });
  }, 240_000);

  /** What the guest gets from a server of this host. */
  async function reachHost(): Promise<{ exitCode: number; stdout: string }> {
    const address = `http://10.0.2.2:${portOf(lent)}/`;
    return run('vm.exec', { vm: 'guest', command: 'timeout', arguments: ['8', 'wget', '-q', '-O', '-', address] });
  }

  it('is reached through forwarded ports, and reaches what the host reaches', async () => {
    expect(await fetchText(first)).toContain('vmbridge sample');
    await run('vm.wait', { vm: 'guest', for: 'agent', wait: 60 });
    expect(await reachHost()).toMatchObject({ exitCode: 0, stdout: 'host' });
  });

  it('gets other ports while the machine runs', async () => {
    const second = await findFreePort();
    const { hardware } = await bench.call('vm.configure', {
      vm: 'guest',
      forwards: [{ hostPort: second, guestPort: 80 }],
    });
    expect(hardware.forwards).toMatchObject([{ hostPort: second }]);
    expect(await fetchText(second)).toContain('vmbridge sample');
    await expect(fetchText(first)).rejects.toThrow();
    await bench.call('vm.configure', { vm: 'guest', forwards: [{ hostPort: first, guestPort: 80 }] });
    expect(await fetchText(first)).toContain('vmbridge sample');
  });

  it('keeps its ports when another is in use, which is named', async () => {
    const forwards = [{ hostPort: portOf(lent), guestPort: 80 }];
    await expect(bench.call('vm.configure', { vm: 'guest', forwards })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(String(portOf(lent))),
      data: { field: 'forwards', reason: 'port_in_use' },
    });
    expect(await fetchText(first)).toContain('vmbridge sample');
    expect((await bench.call('vm.get', { vm: 'guest' })).hardware.forwards).toMatchObject([{ hostPort: first }]);
  });

  it('has the device of a shared folder, whatever its path is called', async () => {
    const read = ['-c', 'cat /sys/bus/virtio/devices/*/device'];
    const { stdout } = await run('vm.exec', { vm: 'guest', command: 'sh', arguments: read });
    // virtio_ids.h: VIRTIO_ID_9P 9
    expect(stdout).toContain('0x0009');
    const { processId } = (await bench.call('vm.get', { vm: 'guest' })).machine;
    const words = execFileSync('cat', [`/proc/${processId}/cmdline`], { encoding: 'utf8' }).split('\0');
    expect(words.find(word => word.includes('id=share0'))).toMatch(/a,, "shared" folder,.*readonly=on$/);
  });

  it('reaches nothing when it is restricted, and forwarded ports still lead in', async () => {
    await run('vm.stop', { vm: 'guest', force: true });
    await bench.call('vm.configure', { vm: 'guest', network: 'restricted' });
    await run('vm.start', { vm: 'guest' });
    await run('vm.wait', { vm: 'guest', for: 'port', port: 80, timeoutSeconds: 200, wait: 200 });
    expect(await fetchText(first)).toContain('vmbridge sample');
    await run('vm.wait', { vm: 'guest', for: 'agent', wait: 60 });
    const answer = await reachHost();
    expect(answer.exitCode).not.toBe(0);
    expect(answer.stdout).toBe('');
    await run('vm.stop', { vm: 'guest', force: true });
  }, 240_000);
});
