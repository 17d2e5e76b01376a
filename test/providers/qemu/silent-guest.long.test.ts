import { expect, test } from 'vitest';
import { done, openMachineBench, smallest } from './support/machines.ts';

test('a picture of a QEMU that answers nothing is given up after one deadline, not two', async () => {
  await using bench = await openMachineBench();
  await done(bench.call('vm.create', { name: 'a', image: bench.disk, ...smallest }));
  const { machine } = await done(bench.call('vm.start', { vm: 'a' }, { door: 'jsonrpc' }));
  process.kill(machine.processId, 'SIGSTOP');
  try {
    const before = performance.now();
    await expect(bench.call('vm.screenshot', { vm: 'a' }, { door: 'jsonrpc' })).rejects.toMatchObject({
      code: 'timeout',
    });
    expect(performance.now() - before).toBeLessThan(50_000);
  } finally {
    process.kill(machine.processId, 'SIGCONT');
  }
  await done(bench.call('vm.stop', { vm: 'a', force: true }, { door: 'jsonrpc' }));
}, 120_000);
