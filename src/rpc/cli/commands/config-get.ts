import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

/** `vmbridge config get [key]` */
export async function getConfiguration(session: Session, key: string | undefined): Promise<number> {
  const output = await session.call('config.get', { key });
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  const rows = output.entries.map(({ key: name, value, source }) => [name, showValue(value), source]);
  if (rows.length > 0) session.print(await renderTable(['KEY', 'VALUE', 'FROM'], rows));
  session.warn(plainText(output.file));
  return 0;
}

/** As `config set` takes it. */
function showValue(value: unknown): string {
  return value === null ? '' : JSON.stringify(value);
}
