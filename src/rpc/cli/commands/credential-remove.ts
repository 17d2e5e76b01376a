import { confirmDestruction } from '../confirm.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge credential remove <name>` */
export async function removeCredential(session: Session, name: string, evenIfUsed: boolean): Promise<number> {
  if (session.flags.plan) return session.showPlan('credential.remove', { name, evenIfUsed });
  await confirmDestruction(session, `Forgetting the secret "${name}"`);
  const output = await session.call('credential.remove', { name, evenIfUsed });
  if (session.flags.json) session.printJson(output);
  else session.print(plainText(`The secret "${output.removed}" is forgotten.`));
  return 0;
}
