import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

/** `vmbridge credential list`: names, never a secret. */
export async function listCredentials(session: Session): Promise<number> {
  const output = await session.call('credential.list', {});
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  const { credentials, missing } = output;
  const rows = credentials.map(({ name, store, keptAt, usedBy }) => [name, store, keptAt, usedBy.join(', ')]);
  if (rows.length > 0) session.print(await renderTable(['NAME', 'KEY KEPT BY', 'SINCE', 'USED BY'], rows));
  else session.warn('No secrets are kept.');
  for (const name of missing) {
    session.warn(`vmbridge: ${plainText(`A host names the secret "${name}", which is not kept.`)}`);
    session.warn(plainText(`  → vmbridge credential set ${name}`));
  }
  return 0;
}
