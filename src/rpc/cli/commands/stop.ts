import type { ToolOutput } from '../../../catalog/types.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

const methods: Readonly<Record<ToolOutput<'vm.stop'>['method'], string>> = {
  guest: 'the guest shut down',
  quit: 'the power was cut',
  kill: 'it had to be killed',
  already: 'it was not running',
};

/** `vmbridge stop <machine>`: asks the guest first. */
export async function stopMachine(
  session: Session,
  vm: string,
  options: { readonly force?: boolean | undefined; readonly timeoutSeconds?: number | undefined },
): Promise<number> {
  if (session.flags.plan) return session.showPlan('vm.stop', { vm, ...options });
  const output = await session.callLong('vm.stop', { vm, ...options }, { label: `stopping ${vm}` });
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  const { machine, method } = output;
  session.print(plainText(`${machine.id} ${machine.state}: ${methods[method]}.`));
  return 0;
}
