import { openBridgeAt } from '../../../rpc/support/test-bridge.ts';

/** A program that makes, changes and deletes machines until it is killed: `change-without-end.ts HOME IMAGE TAG`. */
const [, , home = '', image = '', tag = ''] = process.argv;
const bridge = await openBridgeAt(home, { stderrLevel: 'silent' });
const call = (id: string, input: object) =>
  bridge.call(id, input, { door: 'cli', signal: new AbortController().signal });

process.stdout.write('ready\n');
for (let round = 0; ; round++) {
  const name = `${tag}-${round}`;
  const hardware = { memoryBytes: 2 ** 26, cpus: 1, network: 'none' };
  await call('vm.create', { name, image, format: 'raw', ...hardware, wait: 60 });
  await call('vm.clone', { vm: name, name: `${name}-clone`, linked: round % 2 === 0, wait: 60 });
  await call('vm.rename', { vm: `${name}-clone`, name: `${name}-renamed` });
  await call('vm.configure', { vm: `${name}-renamed`, cpus: 2 });
  await call('vm.delete', { vm: `${name}-renamed` });
  await call('vm.delete', { vm: name });
}
