// A process that works on a state file: <file> <name> <count>. With count 0 it goes on until it is killed.
import { openPretend } from './pretend.ts';

const [file = '', name = '', count = '0'] = process.argv.slice(2);
const { run } = await openPretend({ file, speed: 1000 });
const last = Number(count) || Number.POSITIVE_INFINITY;
process.stdout.write('ready\n');
for (let index = 0; index < last; index++) {
  await run('network.create', { name: `${name}-${index}` });
  if (Number(count) > 0) continue;
  await run('vm.create', { name: `${name}-${index}` });
  const vm = `memory:local/${name}-${index}`;
  await run('vm.start', { vm });
  await run('vm.stop', { vm, force: true });
  await run('vm.delete', { vm });
  await run('network.delete', { network: `${name}-${index}` });
}
