import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge start <machine>`: it runs on when the command is done. */
export async function startMachine(session: Session, vm: string): Promise<number> {
  if (session.flags.plan) return session.showPlan('vm.start', { vm });
  const output = await session.callLong('vm.start', { vm }, { label: `starting ${vm}` });
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  const { machine, warnings = [] } = output;
  session.print(plainText(`${machine.id} ${machine.state}.`));
  for (const warning of warnings) session.warn(`warning: ${plainText(warning)}`);
  return 0;
}
