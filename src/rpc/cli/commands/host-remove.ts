import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge host remove <name>` */
export async function removeHost(session: Session, host: string): Promise<number> {
  if (session.flags.plan) return session.showPlan('host.remove', { host });
  const output = await session.call('host.remove', { host });
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  session.print(plainText(`The host "${output.removed.name}" is no longer in the configuration.`));
  for (const name of output.unused) {
    session.warn(
      plainText(`No host names the secret "${name}" any more. To forget it: vmbridge credential remove ${name}`),
    );
  }
  return 0;
}
