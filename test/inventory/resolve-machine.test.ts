import { describe, expect, it } from 'vitest';
import { inventoryOperations } from '../../src/inventory/index.ts';
import type { ProviderRegistry } from '../../src/inventory/provider-registry.ts';
import { resolveMachine } from '../../src/inventory/resolve-machine.ts';
import type { CallContext } from '../../src/model/call.ts';

const call: CallContext = { signal: new AbortController().signal, door: 'cli', progress() {} };

/** Two providers with the machines of these names. */
function registryOf(names: Readonly<Record<string, readonly string[]>>): ProviderRegistry {
  const machinesOf = (id: string) =>
    (names[id] ?? []).map(name => ({
      id: `${id}:local/${name}`,
      provider: id,
      host: 'local',
      name,
      kind: 'vm',
      state: 'stopped',
      nativeState: 'off',
    }));
  const registry = {
    enabled: Object.keys(names).map(id => ({ id })),
    find: (id: string) => ({ id }),
    allowsMachine: () => true,
    requireAvailable: async () => {},
    session: async (id: string) => id,
    load: async () => ({
      operations: {
        'vm.list': async (id: string) => ({ machines: machinesOf(id), total: machinesOf(id).length, missing: [] }),
      },
    }),
  };
  return registry as unknown as ProviderRegistry;
}

const registry = registryOf({ one: ['web', 'same'], two: ['db', 'same'] });

describe('a machine by name', () => {
  it('is found wherever it is', async () => {
    expect(await resolveMachine(registry, 'db', call)).toEqual({ id: 'two:local/db', name: 'db', provider: 'two' });
  });

  it('that two providers have is ambiguous, and both ids are told', async () => {
    await expect(resolveMachine(registry, 'same', call)).rejects.toMatchObject({
      code: 'ambiguous',
      remedy: 'Use an id: one:local/same, two:local/same.',
      data: { field: 'vm', candidates: ['one:local/same', 'two:local/same'] },
    });
    expect(await resolveMachine(registry, 'two:local/same', call)).toMatchObject({ provider: 'two' });
  });

  it('counts as written: case matters, and there are no patterns', async () => {
    for (const name of ['WEB', 'we*', '', ' web']) {
      await expect(resolveMachine(registry, name, call), name).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the merged list', () => {
  it('has the machines of all, in one order', async () => {
    const list = inventoryOperations['vm.list'];
    if (typeof list !== 'function') throw new Error('no list');
    const { machines } = await list(registry, { limit: 100, offset: 0 }, call);
    expect(machines.map(({ id }) => id)).toEqual(['one:local/same', 'one:local/web', 'two:local/db', 'two:local/same']);
  });
});
