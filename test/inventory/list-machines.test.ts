import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tools } from '../../src/catalog/tools.ts';
import type { ToolInput } from '../../src/catalog/types.ts';
import { listPage } from '../../src/inventory/list-page.ts';
import { callOf, fakeRegistry, machineAt } from './support/fake-registry.ts';

type Input = Partial<ToolInput<'vm.list'>>;

const call = callOf();
const hangs = () => new Promise<never>(() => {});

function page(registry: Parameters<typeof listPage>[0], input: Input = {}, signal?: AbortSignal) {
  return listPage(registry, { limit: 100, offset: 0, ...input }, callOf(signal));
}

describe('a list over all hosts', () => {
  it('comes with the deadline, whoever hangs, and names who is missing and why', async () => {
    const place = (number: number) => `pve:h${String(number).padStart(2, '0')}`;
    const hosts = Array.from({ length: 32 }, (_, number) => [
      place(number),
      { list: number % 8 === 3 ? hangs : () => [machineAt(place(number), 'vm')] },
    ]);
    await using fake = fakeRegistry(Object.fromEntries(hosts), { deadlineMilliseconds: 300 });
    const before = performance.now();
    const { machines, total, missing } = await page(fake.registry);
    expect(performance.now() - before).toBeLessThan(300 + 150);
    expect([machines.length, total]).toEqual([28, 28]);
    expect(missing.map(({ provider, host }) => `${provider}:${host}`)).toEqual([
      'pve:h03',
      'pve:h11',
      'pve:h19',
      'pve:h27',
    ]);
    expect(missing[0]).toMatchObject({
      reason: 'No answer within 0.3 s.',
      remedy: expect.stringContaining('deadlineSeconds'),
    });
  });

  it('ends at once when it is cancelled', async () => {
    await using fake = fakeRegistry({ 'pve:a': { list: hangs } });
    const controller = new AbortController();
    const listing = page(fake.registry, {}, controller.signal);
    controller.abort();
    await expect(listing).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('asks only the provider and the host that are named', async () => {
    const asked: string[] = [];
    const place = (name: string) => ({
      list: () => {
        asked.push(name);
        return [machineAt(name, 'vm')];
      },
    });
    await using fake = fakeRegistry({
      'pve:a': place('pve:a'),
      'pve:b': place('pve:b'),
      'wsl:local': place('wsl:local'),
    });
    expect((await page(fake.registry, { provider: 'pve', host: 'b' })).total).toBe(1);
    expect((await page(fake.registry, { host: 'local' })).total).toBe(1);
    expect(asked).toEqual(['pve:b', 'wsl:local']);
    await expect(page(fake.registry, { provider: 'wsl', host: 'b' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('rows of the last good answer', () => {
  it('stand in with their age, in this process and in the next, for those who may see them', async () => {
    let answers = true;
    const place = {
      list: () =>
        answers ? [machineAt('pve:a', 'web', { identity: ['pve:x/1'] }), machineAt('pve:a', 'secret')] : hangs(),
    };
    const settings = { deadlineMilliseconds: 100 };
    await using first = fakeRegistry({ 'pve:a': place }, settings);
    expect((await page(first.registry)).machines[0]).not.toHaveProperty('ageSeconds');
    answers = false;
    const stale = {
      machines: [{ id: 'pve:a/secret' }, { id: 'pve:a/web', ageSeconds: 0 }],
      missing: [{ host: 'a' }],
    };
    expect(await page(first.registry)).toMatchObject(stale);
    await first.close();
    await using next = fakeRegistry({ 'pve:a': place }, { ...settings, cache: first.cache });
    expect(await page(next.registry)).toMatchObject(stale);
    await using guarded = fakeRegistry(
      { 'pve:a': place },
      { ...settings, cache: first.cache, allows: ({ id }) => id.endsWith('web') },
    );
    expect((await page(guarded.registry)).machines.map(({ id }) => id)).toEqual(['pve:a/web']);
  });

  it('are kept in private files, and a damaged, old or foreign one counts for nothing', async () => {
    await using fake = fakeRegistry(
      { 'pve:a': { list: () => [machineAt('pve:a', 'web')] } },
      { deadlineMilliseconds: 50 },
    );
    await page(fake.registry);
    await fake.close();
    const folder = path.join(fake.cache, 'inventory');
    expect(readdirSync(folder)).toEqual(['pve@a.json']);
    const file = path.join(folder, 'pve@a.json');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
    const good = readFileSync(file, 'utf8');
    const old = JSON.stringify({ ...JSON.parse(good), at: Date.now() - 8 * 86_400_000 });
    for (const text of ['', '{', good.replace('"web"', '7'), good.replace('pve:a/web', 'pve:b/web'), old]) {
      writeFileSync(file, text);
      await using next = fakeRegistry({ 'pve:a': { list: hangs } }, { cache: fake.cache, deadlineMilliseconds: 50 });
      expect(await page(next.registry), text).toMatchObject({ machines: [], missing: [{ host: 'a' }] });
      writeFileSync(file, good);
    }
  });

  it('give way to the same machine by a road that answers', async () => {
    let answers = true;
    const identity = ['pve:lab/1'];
    await using fake = fakeRegistry(
      {
        'pve:a': { list: () => (answers ? [machineAt('pve:a', '1', { identity })] : hangs()) },
        'pve:b': { list: () => [machineAt('pve:b', '1', { identity, state: 'running' })] },
      },
      { deadlineMilliseconds: 100 },
    );
    expect((await page(fake.registry)).machines).toMatchObject([{ id: 'pve:a/1', otherIds: ['pve:b/1'] }]);
    answers = false;
    const { machines } = await page(fake.registry);
    expect(machines).toMatchObject([{ id: 'pve:b/1', otherIds: ['pve:a/1'], state: 'running' }]);
    expect(machines[0]).not.toHaveProperty('ageSeconds');
  });
});

describe('a page', () => {
  const machines = [
    machineAt('pve:a', '1', { name: 'web', tags: ['prod', 'blue'], cpus: 2, node: 'n1', state: 'running' }),
    machineAt('pve:a', '2', { name: 'db', tags: ['prod'], cpus: 8, node: 'n2', kind: 'container' }),
    machineAt('pve:a', '3', { name: 'Cache', node: 'n1' }),
  ];
  const names = async (input: Input) => {
    await using fake = fakeRegistry({ 'pve:a': { list: () => machines } });
    return (await page(fake.registry, input)).machines.map(({ name }) => name);
  };

  it.each<[Input, string[]]>([
    [{ state: 'running' }, ['web']],
    [{ kind: 'container' }, ['db']],
    [{ tag: 'PROD' }, ['web', 'db']],
    [{ tag: 'bl*' }, ['web']],
    [{ name: 'c*' }, ['Cache']],
    [{ text: 'N1' }, ['web', 'Cache']],
    [{ text: 'pve:a/2' }, ['db']],
    [{ tag: 'prod', text: 'n2' }, ['db']],
    [{ sort: 'name' }, ['Cache', 'db', 'web']],
    [{ sort: '-name' }, ['web', 'db', 'Cache']],
    [{ sort: 'cpus' }, ['web', 'db', 'Cache']],
    [{ sort: '-cpus' }, ['db', 'web', 'Cache']],
    [{ sort: '-id' }, ['Cache', 'db', 'web']],
  ])('of %j', async (input, expected) => {
    expect(await names(input)).toEqual(expected);
  });

  it('has the fields that were asked for, always the id, and fits its schema', async () => {
    await using fake = fakeRegistry({ 'pve:a': { list: () => machines } });
    const answer = await page(fake.registry, { fields: ['name', 'tags'] });
    expect(answer.machines[2]).toEqual({ id: 'pve:a/3', name: 'Cache' });
    expect(tools['vm.list'].output.safeParse(answer).success).toBe(true);
    expect((await page(fake.registry, { fields: [] })).machines[0]).toEqual({ id: 'pve:a/1' });
  });

  it('fits the first one, whatever happens between them, in each of several lists', async () => {
    let round = 0;
    const list = () => {
      round++;
      return Array.from({ length: 6 }, (_, number) => machineAt('pve:a', `${round}-${number}`));
    };
    await using fake = fakeRegistry({ 'pve:a': { list } });
    const first = await page(fake.registry, { limit: 3 });
    const other = await page(fake.registry, { limit: 3, sort: '-id' });
    const second = await page(fake.registry, { limit: 3, offset: 3 });
    const last = await page(fake.registry, { limit: 3, offset: 3, sort: '-id' });
    expect([...first.machines, ...second.machines].map(({ name }) => name)).toEqual([
      '1-0',
      '1-1',
      '1-2',
      '1-3',
      '1-4',
      '1-5',
    ]);
    expect([...other.machines, ...last.machines].map(({ name }) => name)).toEqual([
      '2-5',
      '2-4',
      '2-3',
      '2-2',
      '2-1',
      '2-0',
    ]);
    expect(round).toBe(2);
  });

  it('refuses an order that there is not', () => {
    expect(tools['vm.list'].input.safeParse({ sort: 'tags' }).success).toBe(false);
    expect(tools['vm.list'].input.safeParse({ sort: '--name' }).success).toBe(false);
  });
});

it('a list that nobody answers is empty, and not wrong', async () => {
  await using fake = fakeRegistry({});
  expect(await listPage(fake.registry, { limit: 1, offset: 0 }, call)).toEqual({ machines: [], total: 0, missing: [] });
});
