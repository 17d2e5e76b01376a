import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

/** `vmbridge host list` */
export async function listHosts(session: Session): Promise<number> {
  const output = await session.call('host.list', {});
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  const rows = output.hosts.map(({ name, provider, addresses, user, tokenId, credential }) => [
    name,
    provider,
    addresses.join(', '),
    tokenId === undefined ? user : `${user ?? ''}!${tokenId}`,
    credential,
  ]);
  if (rows.length > 0) session.print(await renderTable(['NAME', 'PROVIDER', 'ADDRESSES', 'ACCOUNT', 'SECRET'], rows));
  else session.warn('No hosts are configured. See: vmbridge host add --help');
  return 0;
}
