import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listHostNetworks } from '../../../src/qemu/host-networks.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const asServer = { door: 'jsonrpc' } as const;
const run = (id: string, input: object) => done(bench.call(id, input, asServer));
const portOf = (server: Server) => (server.address() as { port: number }).port;

describe('network.list', () => {
  it('names what a machine can be attached to, with the machines that are', async () => {
    await run('vm.create', { name: 'online', image: bench.disk, format: 'raw', ...smallest, network: 'user' });
    await run('vm.create', { name: 'alone', image: bench.disk, format: 'raw', ...smallest, network: 'none' });
    const { networks } = await bench.call('network.list', { provider: 'qemu' });
    expect(networks.slice(0, 2)).toMatchObject([
      { id: 'qemu:local/user', kind: 'nat', machines: ['qemu:local/online'] },
      { id: 'qemu:local/restricted', kind: 'private', machines: [] },
    ]);
    expect(networks.map(({ name }: { name: string }) => name)).not.toContain('none');
    await expect(bench.call('network.create', { provider: 'qemu', name: 'x' })).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  it('tells bridges and tap devices from all others that a host has', async () => {
    const folder = path.join(bench.folder, 'net');
    const files = {
      'eth0/mtu': '1500',
      'tap1/tun_flags': '0x1002\n',
      'tun0/tun_flags': '0x1001\n',
      'odd/tun_flags': 'x',
    };
    mkdirSync(path.join(folder, 'br0', 'bridge'), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    const found = await listHostNetworks(undefined, folder);
    expect(found).toEqual([
      { kind: 'bridge', name: 'br0' },
      { kind: 'tap', name: 'tap1' },
    ]);
    expect(await listHostNetworks(undefined, path.join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('a machine whose network can not be had', () => {
  it('is not started when a forwarded port is in use, which is named', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => taken.once('listening', resolve));
    const forwards = [{ hostPort: portOf(taken), guestPort: 22 }];
    await run('vm.create', { name: 'taken', image: bench.disk, format: 'raw', ...smallest, network: 'user', forwards });
    await expect(run('vm.start', { vm: 'taken' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(String(portOf(taken))),
      data: { field: 'forwards', reason: 'port_in_use' },
    });
    taken.close();
    expect((await run('vm.start', { vm: 'taken' })).machine.state).toBe('running');
    await run('vm.stop', { vm: 'taken', force: true });
  });

  it('says so when the helper for bridges refuses', async () => {
    await run('vm.create', {
      name: 'bridged',
      image: bench.disk,
      format: 'raw',
      ...smallest,
      network: 'bridge:vmbnone0',
    });
    await expect(run('vm.start', { vm: 'bridged' })).rejects.toMatchObject({
      code: 'denied',
      remedy: expect.stringContaining('bridge.conf'),
      data: { field: 'network', reason: 'bridge_helper' },
    });
    const { networks } = await bench.call('network.list', { provider: 'qemu' });
    expect(networks).toContainEqual(
      expect.objectContaining({ name: 'bridge:vmbnone0', kind: 'external', machines: ['qemu:local/bridged'] }),
    );
  });
});

describe('a tap device of the host', () => {
  const name = `vmbt${process.pid % 100_000}`;
  let problem = '';
  beforeAll(() => {
    try {
      execFileSync('ip', ['tuntap', 'add', 'dev', name, 'mode', 'tap'], { stdio: 'pipe' });
    } catch (error) {
      problem = `a tap device can not be made here: ${String(error).split('\n', 1)[0]}`;
    }
  });
  afterAll(() => {
    if (problem === '') execFileSync('ip', ['tuntap', 'del', 'dev', name, 'mode', 'tap']);
  });

  it('is listed, carries the frames of a machine, and stays when that ends', async ctx => {
    if (problem !== '') return ctx.skip(problem);
    const list = async () => (await bench.call('network.list', { provider: 'qemu' })).networks;
    const found = { id: `qemu:local/tap:${name}`, kind: 'internal', machines: [] };
    expect(await list()).toContainEqual(expect.objectContaining(found));
    await run('vm.create', { name: 'tapped', image: bench.disk, format: 'raw', ...smallest, network: `tap:${name}` });
    await run('vm.start', { vm: 'tapped' });
    execFileSync('ip', ['link', 'set', name, 'up']);
    await delay(200);
    // A carrier is there only while a program holds the other end.
    expect(execFileSync('ip', ['link', 'show', name], { encoding: 'utf8' })).toContain('LOWER_UP');
    expect(await list()).toContainEqual(expect.objectContaining({ ...found, machines: ['qemu:local/tapped'] }));
    await run('vm.stop', { vm: 'tapped', force: true });
    expect(execFileSync('ip', ['link', 'show', name], { encoding: 'utf8' })).not.toContain('LOWER_UP');
  });
});
