import { openBridgeAt } from '../../../rpc/support/test-bridge.ts';

/** A program that makes, returns to and deletes checkpoints of the machine "web" until it is killed. */
const [, , home = '', lifetime = ''] = process.argv;
const bridge = await openBridgeAt(home, { stderrLevel: 'silent' });
const call = async (id: string, input: object) => {
  const caller = { door: 'cli', signal: new AbortController().signal } as const;
  return (await bridge.call(id, { vm: 'web', ...input }, caller)) as { checkpoints?: { id: string }[] };
};
const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)];
process.stdout.write('ready\n');
for (;;) {
  const { checkpoints = [] } = await call('vm.checkpoint.list', {});
  const checkpoint = pick(checkpoints)?.id;
  const actions = [
    () => call('vm.start', { outlive: lifetime === 'host' }),
    () => call('vm.checkpoint.create', { disksOnly: Math.random() < 0.3 }),
    () => call('vm.checkpoint.restore', { checkpoint }),
    () => call('vm.checkpoint.restore', { checkpoint }),
    () => (checkpoints.length > 4 ? call('vm.checkpoint.delete', { checkpoint }) : call('vm.checkpoint.create', {})),
    () => (Math.random() < 0.4 ? call('vm.stop', { force: true }) : undefined),
  ];
  // A checkpoint without memory is refused while the machine runs, and there may be none.
  await pick(actions)?.()?.catch((error: { code?: string }) => {
    process.stdout.write(`${error.code} ${error}\n`);
  });
}
