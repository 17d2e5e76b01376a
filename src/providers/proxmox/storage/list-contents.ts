import type { Volume } from '../../../model/storage.ts';
import type { Operation } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { toNativeContent } from './content-kinds.ts';
import { presentVolume, readPlaces } from './list-volumes.ts';

export const listContents: Operation<ProxmoxSession, 'storage.contents'> = async (session, input, { signal }) => {
  const { storage, node, vm, content, limit, offset } = input;
  const guest = vm === undefined ? undefined : await session.findGuest(vm, signal);
  const native = content === undefined ? undefined : toNativeContent(content);
  const { found, missing } = await readPlaces(session, { storage, node, content: native, vmid: guest?.vmid }, signal);
  const volumes = found.map(each => presentVolume(session, each)).sort(byId);
  return { volumes: volumes.slice(offset, offset + limit), total: volumes.length, missing };
};

function byId(a: Volume, b: Volume): number {
  return a.id.localeCompare(b.id) || a.node.localeCompare(b.node);
}
