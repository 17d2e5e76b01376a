import { expect, test } from 'vitest';
import { done, openMachineBench, smallest } from './support/machines.ts';

test('the command that a fault advises holds a hostile name of a machine as one word', async () => {
  await using bench = await openMachineBench();
  const name = 'a b; touch pwned $(id) `id` &';
  await done(bench.call('vm.create', { name, image: bench.disk, ...smallest }));
  const vm = `'qemu:local/${name}'`;
  const remedyOf = (call: Promise<unknown>) =>
    call.then(
      () => 'no fault',
      fault => String(fault.remedy),
    );
  expect(await remedyOf(done(bench.call('vm.exec', { vm: name, command: 'id' })))).toContain(`--vm ${vm}`);
  expect(await remedyOf(bench.call('vm.screenshot', { vm: name }))).toContain(`--vm ${vm}`);
  await done(bench.call('vm.start', { vm: name }));
  expect(await remedyOf(bench.call('vm.configure', { vm: name, cpus: 2 }))).toContain(`--vm ${vm}`);
  expect(await remedyOf(done(bench.call('vm.clone', { vm: name, name: 'b' })))).toContain(`--vm ${vm}`);
  await bench.call('vm.pause', { vm: name });
  expect(await remedyOf(done(bench.call('vm.type', { vm: name, text: 'x' })))).toMatch(
    /--vm '(qemu:local\/)?a b; [^']*'$/,
  );
  await done(bench.call('vm.stop', { vm: name, force: true }));
});
