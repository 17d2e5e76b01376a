import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { summarizeResources } from '../../src/inventory/summary/summarize-resources.ts';
import { openTestBridge } from '../rpc/support/test-bridge.ts';
import { callOf, fakeRegistry, machineAt } from './support/fake-registry.ts';

const gibibyte = 2 ** 30;
const node = (host: string, name: string, rest = {}) => ({
  provider: 'pve',
  host,
  name,
  state: 'online',
  cpus: 8,
  cpuUsage: 0.25,
  memoryBytes: 16 * gibibyte,
  memoryUsedBytes: 4 * gibibyte,
  ...rest,
});
const storage = (host: string, name: string, rest = {}) => ({
  provider: 'pve',
  host,
  node: 'n1',
  name,
  kind: 'dir',
  contents: [],
  shared: false,
  active: true,
  totalBytes: 100,
  usedBytes: 40,
  freeBytes: 60,
  ...rest,
});

/** One cluster of two nodes, reached through both; and another host. */
function registry() {
  const identity = (id: number) => ({ identity: [`pve:lab/${id}`], cpus: 2, memoryBytes: gibibyte });
  const cluster = (host: string) => ({
    list: () => [
      machineAt(`pve:${host}`, '100', { ...identity(100), state: 'running' as const }),
      machineAt(`pve:${host}`, '101', { ...identity(101), template: true, kind: 'container' as const }),
    ],
    operations: {
      'node.list': () => ({ nodes: [node(host, 'n1'), node(host, 'n2'), node(host, 'n3', { state: 'offline' })] }),
      'storage.list': () => ({
        storages: [
          storage(host, 'local'),
          storage(host, 'local', { node: 'n2' }),
          storage(host, 'nfs', { shared: true }),
          storage(host, 'nfs', { node: 'n2', shared: true }),
          storage(host, 'off', { active: false }),
        ],
      }),
      'network.list': () => ({ networks: [{ provider: 'pve', host, id: `pve:${host}/n1/vmbr0`, name: 'vmbr0' }] }),
    },
  });
  const other = {
    list: () => [machineAt('pve:c', '100', { state: 'running' as const, cpus: 4, memoryBytes: 2 * gibibyte })],
    operations: {
      'node.list': () => ({ nodes: [node('c', 'n1')] }),
      'storage.list': () => {
        throw new Error('No storage today.');
      },
      'network.list': () => ({ networks: [] }),
    },
  };
  return fakeRegistry({ 'pve:a': cluster('a'), 'pve:b': cluster('b'), 'pve:c': other });
}

describe('a summary', () => {
  it('counts a cluster that is reached by two hosts once, and shared storages once', async () => {
    await using fake = registry();
    const { summaries, missing } = await summarizeResources(fake.registry, {}, callOf());
    const [overall, provider, ...hosts] = summaries;
    expect(overall).toEqual({
      scope: 'overall',
      machines: 3,
      running: 2,
      states: { running: 2, stopped: 1 },
      kinds: { vm: 2, container: 1 },
      templates: 1,
      nodes: 4,
      cpus: 24,
      cpusUsed: 6,
      cpusAllotted: 6,
      memoryBytes: 48 * gibibyte,
      memoryUsedBytes: 12 * gibibyte,
      memoryFreeBytes: 36 * gibibyte,
      memoryAllottedBytes: 3 * gibibyte,
      storageBytes: 300,
      storageUsedBytes: 120,
      storageFreeBytes: 180,
      networks: 1,
    });
    expect({ ...provider, scope: 'overall', provider: undefined }).toEqual({ ...overall, provider: undefined });
    expect(hosts.map(({ host, nodes, storageBytes, networks }) => [host, nodes, storageBytes, networks])).toEqual([
      ['a', 3, 300, 1],
      ['b', 3, 300, 1],
      ['c', 1, undefined, 0],
    ]);
    expect(missing).toEqual([{ provider: 'pve', host: 'c', reason: 'No storage today.' }]);
  });

  it('of this computer tells its own memory and processors where no provider does', async () => {
    const local = (name: string) => ({
      list: () => [machineAt(`${name}:local`, 'm', { state: 'running' as const, cpus: 3 })],
    });
    const pretend = {
      ...local('memory'),
      operations: { 'node.list': () => ({ nodes: [node('local', 'pretend', { provider: 'memory' })] }) },
    };
    await using fake = fakeRegistry({
      'qemu:local': local('qemu'),
      'wsl:local': local('wsl'),
      'memory:local': pretend,
    });
    const { summaries } = await summarizeResources(fake.registry, {}, callOf());
    const memories = Object.fromEntries(
      summaries.map(({ scope, provider, nodes, memoryBytes }) => [`${scope} ${provider ?? ''}`, [nodes, memoryBytes]]),
    );
    const pretended = 16 * gibibyte;
    expect(memories).toEqual({
      'overall ': [2, totalmem() + pretended],
      'provider qemu': [1, totalmem()],
      'provider wsl': [1, totalmem()],
      'provider memory': [1, pretended],
      'host qemu': [1, totalmem()],
      'host wsl': [1, totalmem()],
      'host memory': [1, pretended],
    });
    expect(summaries[0]?.storageBytes).toBeGreaterThan(0);
    expect(summaries[0]).toMatchObject({ machines: 3, running: 3, cpusAllotted: 9 });
  });

  it('is what its tool says, through the whole bridge', async () => {
    await using test = await openTestBridge({
      memory: { machines: [{ name: 'web', state: 'running' }], networks: [{ name: 'lan' }] },
    });
    const { summaries, missing } = await test.call('resource.summary', { host: 'local' });
    expect(missing).toEqual([]);
    expect(summaries[0]).toMatchObject({ scope: 'overall', machines: 1, running: 1, networks: 1 });
  });
});
