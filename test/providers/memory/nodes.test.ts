import { expect, it } from 'vitest';
import { openPretend } from './support/pretend.ts';

it('the pretend computer is used as much as its machines run', async () => {
  const machines = [
    { name: 'web', state: 'running', cpus: 4, memoryBytes: 2 ** 32 },
    { name: 'db', state: 'stopped', cpus: 8, memoryBytes: 2 ** 33 },
  ];
  const pretend = await openPretend({ machines });
  const { nodes } = await pretend.run('node.list', {});
  expect(nodes).toMatchObject([
    { name: 'pretend', state: 'online', cpus: 16, memoryBytes: 2 ** 36, memoryUsedBytes: 2 ** 32 },
  ]);
  await pretend.run('vm.start', { vm: 'memory:local/db' });
  const [node] = (await pretend.run('node.list', {})).nodes;
  expect(node?.memoryUsedBytes).toBe(2 ** 32 + 2 ** 33);
  expect(node?.cpuUsage).toBeGreaterThan(nodes[0]?.cpuUsage ?? 1);
});

it('a preset fault befalls the list of nodes too', async () => {
  const pretend = await openPretend({ faults: [{ tool: 'node.list', fault: 'unavailable' }] });
  await expect(pretend.run('node.list', {})).rejects.toMatchObject({ code: 'unavailable' });
});
