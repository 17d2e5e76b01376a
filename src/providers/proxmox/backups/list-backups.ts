import { z } from 'zod';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import { findAllowed } from '../cluster/allowed-machines.ts';
import { number, text } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { readPlaces } from '../storage/list-volumes.ts';
import { byAge, presentBackup } from './present-backup.ts';
import { idOfGuest } from './resolve-guests.ts';

export const listBackups: Operation<ProxmoxSession, 'backup.list'> = async (session, input, { signal }) => {
  const { storage, node, limit, offset } = input;
  const vmid = input.vm === undefined ? input.vmid : (await session.findGuest(input.vm, signal)).vmid;
  const { found, missing } = await readPlaces(session, { storage, node, content: 'backup', vmid }, signal);
  const backups = found.map(each => presentBackup(session, each)).sort(byAge);
  return { backups: backups.slice(offset, offset + limit), total: backups.length, missing };
};

const uncovered = z.looseObject({ vmid: number, name: text, type: text });

export const listMissing: Operation<ProxmoxSession, 'backup.missing'> = async (session, _input, { signal }) => {
  const request = { method: 'GET', path: '/cluster/backup-info/not-backed-up' } as const;
  const reply = await session.client.send(request, { signal });
  const rows = parseReply(z.array(uncovered), reply, 'machines without a backup job');
  const isAllowed = await findAllowed(session, signal);
  return {
    machines: rows.flatMap(({ vmid, name, type }) => {
      if (vmid === undefined || !isAllowed(vmid)) return [];
      const kind = type === 'lxc' ? ('container' as const) : ('vm' as const);
      return [{ vm: idOfGuest(session, vmid), ...(name === undefined ? {} : { name }), kind }];
    }),
  };
};
