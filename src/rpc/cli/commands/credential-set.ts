import { readSecret, type SecretSource } from '../ask/read-secret.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';

/** `vmbridge credential set <name> [-]` */
export async function setCredential(session: Session, name: string, source: SecretSource): Promise<number> {
  const secret = await readSecret(session, name, source);
  if (session.flags.plan) return session.showPlan('credential.set', { name, secret });
  const output = await session.call('credential.set', { name, secret });
  if (session.flags.json) session.printJson(output);
  else session.print(plainText(`The secret "${name}" is kept. ${output.detail}`));
  return 0;
}
