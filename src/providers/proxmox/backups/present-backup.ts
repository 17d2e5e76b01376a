import type { Backup } from '../../../model/backup.ts';
import type { ProxmoxSession } from '../session.ts';
import { type FoundVolume, presentVolume, type VolumeRow } from '../storage/list-volumes.ts';

export function presentBackup(session: ProxmoxSession, found: FoundVolume): Backup {
  const { row } = found;
  const kind = kindOfBackup(row);
  const verified = row.verification?.state;
  const encrypted = row.encrypted !== undefined && row.encrypted !== '0';
  return {
    ...presentVolume(session, found),
    ...(kind === undefined ? {} : { kind }),
    ...(row.vmid === undefined ? {} : { vmid: Math.round(row.vmid) }),
    ...(encrypted ? { encrypted } : {}),
    ...(verified === undefined ? {} : { verified }),
  };
}

/** Newest first. */
export function byAge(a: Backup, b: Backup): number {
  return (b.createdAt ?? '').localeCompare(a.createdAt ?? '') || a.id.localeCompare(b.id);
}

/** The files are called `vzdump-qemu-100-…`, and `vm/100/…` on a backup server. */
export function kindOfBackup({ volid, subtype }: Pick<VolumeRow, 'volid' | 'subtype'>): 'vm' | 'container' | undefined {
  if (subtype === 'qemu' || /:backup\/(vzdump-qemu-|vm\/)/.test(volid)) return 'vm';
  return subtype === 'lxc' || /:backup\/(vzdump-(lxc|openvz)-|ct\/)/.test(volid) ? 'container' : undefined;
}
