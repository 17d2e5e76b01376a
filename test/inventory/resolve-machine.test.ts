import { describe, expect, it } from 'vitest';
import { listPage } from '../../src/inventory/list-page.ts';
import { resolveMachine } from '../../src/inventory/resolve-machine.ts';
import { callOf, fakeRegistry, machineAt } from './support/fake-registry.ts';

const call = callOf();

/** Two providers with the machines of these names. */
function twoProviders() {
  const list = (place: string, names: readonly string[]) => ({ list: () => names.map(name => machineAt(place, name)) });
  return fakeRegistry({
    'one:local': list('one:local', ['web', 'same']),
    'two:local': list('two:local', ['db', 'same']),
  });
}

describe('a machine by name', () => {
  it('is found wherever it is', async () => {
    await using fake = twoProviders();
    expect(await resolveMachine(fake.registry, 'db', call)).toEqual({
      id: 'two:local/db',
      name: 'db',
      provider: 'two',
      host: 'local',
    });
  });

  it('that two providers have is ambiguous, and both ids are told', async () => {
    await using fake = twoProviders();
    await expect(resolveMachine(fake.registry, 'same', call)).rejects.toMatchObject({
      code: 'ambiguous',
      remedy: 'Use an id: one:local/same, two:local/same.',
      data: { field: 'vm', candidates: ['one:local/same', 'two:local/same'] },
    });
    expect(await resolveMachine(fake.registry, 'two:local/same', call)).toMatchObject({ provider: 'two' });
  });

  it('that is reached by two roads is one machine, by the road that answers', async () => {
    const identity = ['pve:lab/100'];
    const road = (place: string) => ({ list: () => [machineAt(place, '100', { name: 'web', identity })] });
    await using fake = fakeRegistry({ 'pve:b': road('pve:b'), 'pve:a': road('pve:a') });
    expect(await resolveMachine(fake.registry, 'web', call)).toMatchObject({ id: 'pve:a/100', host: 'a' });
    expect(await resolveMachine(fake.registry, 'pve:b/100', call)).toMatchObject({ id: 'pve:b/100', host: 'b' });
  });

  it('counts as written: case matters, and there are no patterns', async () => {
    await using fake = twoProviders();
    for (const name of ['WEB', 'we*', '', ' web']) {
      await expect(resolveMachine(fake.registry, name, call), name).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the merged list', () => {
  it('has the machines of all, in one order', async () => {
    await using fake = twoProviders();
    const { machines } = await listPage(fake.registry, { limit: 100, offset: 0 }, call);
    expect(machines.map(({ id }) => id)).toEqual(['one:local/same', 'one:local/web', 'two:local/db', 'two:local/same']);
  });
});
