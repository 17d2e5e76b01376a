import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import memory from '../../../src/providers/memory/index.ts';
import { environmentOf, makeFolder } from './support/pretend.ts';

describe('settings of the pretend hypervisor', () => {
  it.each([
    [{ sped: 2 }, 'providers.memory.sped'],
    [{ speed: 0 }, 'providers.memory.speed'],
    [{ speed: 'fast' }, 'providers.memory.speed'],
    [{ machines: [{ name: 'a' }, { name: 'a' }] }, 'providers.memory.machines.1.name'],
    [{ machines: [{ name: 'a/b' }] }, 'providers.memory.machines.0.name'],
    [{ machines: [{ name: 'a', networks: ['lab'] }] }, 'providers.memory.machines.0.networks'],
    [{ machines: [{ name: 'a', state: 'starting' }] }, 'providers.memory.machines.0.state'],
    [{ faults: [{ tool: 'vm.start' }] }, 'providers.memory.faults.0'],
    [{ faults: [{ tool: 'vm.start', fault: 'oops' }] }, 'providers.memory.faults.0.fault'],
    [{ faults: [{ tool: 'probe', hang: true, times: 1 }] }, 'providers.memory.faults.0'],
    [{ file: '' }, 'providers.memory.file'],
  ])('%j are refused naming the key', async (settings, key) => {
    const environment = environmentOf(settings);
    await expect(async () => memory.open(environment)).rejects.toMatchObject({ code: 'invalid', data: { field: key } });
    const [check] = await memory.probe(environment);
    expect(check).toMatchObject({
      passed: false,
      reason: expect.stringContaining(`"${key}"`),
      remedy: expect.any(String),
    });
  });

  it('are not needed', async () => {
    expect((await memory.probe(environmentOf({}))).every(({ passed }) => passed)).toBe(true);
  });

  it('name a file that holds something else', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    for (const content of ['not JSON', '{"version":2}', '']) {
      writeFileSync(file, content);
      const checks = await memory.probe(environmentOf({ file }));
      expect(checks.at(-1)).toMatchObject({ name: 'file', passed: false, reason: expect.stringContaining(file) });
    }
  });

  it('say when the probe fails', async () => {
    const environment = environmentOf({ faults: [{ tool: 'probe', fault: 'crash', message: 'boom' }] });
    await expect(memory.probe(environment)).rejects.toThrow('boom');
  });
});
