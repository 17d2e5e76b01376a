import type { Storage } from '../../../model/storage.ts';
import type { Operation } from '../../define-provider.ts';
import { listResources, type ResourceRow } from '../cluster/list-resources.ts';
import { toBytes } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { toContent, toNativeContent } from './content-kinds.ts';

export const listStorages: Operation<ProxmoxSession, 'storage.list'> = async (
  session,
  { node, content },
  { signal },
) => {
  const native = content === undefined ? undefined : toNativeContent(content);
  const rows = (await listResources(session, 'storage', signal)).filter(
    row => (node === undefined || row.node === node) && (native === undefined || row.content.includes(native)),
  );
  const seen = new Map<string, Storage>();
  for (const row of rows) {
    const storage = presentStorage(session.host, row);
    // What all nodes share is told once, by one that reaches it.
    const key = storage.shared ? storage.name : `${storage.name} ${storage.node}`;
    if (seen.get(key)?.active !== true) seen.set(key, storage);
  }
  return { storages: [...seen.values()].sort(byName) };
};

function presentStorage(host: string, row: ResourceRow): Storage {
  const shared = row.shared === true;
  const totalBytes = toBytes(row.maxdisk);
  const usedBytes = toBytes(row.disk);
  return {
    provider: 'proxmox',
    host,
    ...(shared || row.node === undefined ? {} : { node: row.node }),
    name: row.storage ?? '',
    kind: row.plugintype ?? 'unknown',
    contents: row.content.map(toContent),
    shared,
    active: row.status === 'available',
    ...(totalBytes === undefined ? {} : { totalBytes }),
    ...(usedBytes === undefined ? {} : { usedBytes }),
    ...(totalBytes === undefined || usedBytes === undefined ? {} : { freeBytes: Math.max(0, totalBytes - usedBytes) }),
  };
}

function byName(a: Storage, b: Storage): number {
  return a.name.localeCompare(b.name) || (a.node ?? '').localeCompare(b.node ?? '');
}
