import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { listResources } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';
import { findVolume } from './find-volume.ts';
import type { FoundVolume } from './list-volumes.ts';

export const deleteVolume: Operation<ProxmoxSession, 'storage.delete'> = async (session, input, call) => {
  const request = await prepare(session, input, call.signal);
  await session.client.runTask(request, call, { what: `Deleting ${input.volume}` });
  return { deleted: input.volume };
};

export const planDeleteVolume: Planner<ProxmoxSession, 'storage.delete'> = async (session, input, { signal }) => {
  return [planRequest(session.host, await prepare(session, input, signal), `Delete ${input.volume}.`)];
};

/** Of use to all that delete a volume. */
export function deleteRequest({ row, place }: FoundVolume): ProxmoxRequest {
  const path = '/nodes/{node}/storage/{storage}/content/{volume}';
  return { method: 'DELETE', path, params: { node: place.node, storage: place.storage, volume: row.volid } };
}

async function prepare(
  session: ProxmoxSession,
  { volume, node }: ToolInput<'storage.delete'>,
  signal: AbortSignal,
): Promise<ProxmoxRequest> {
  const found = await findVolume(session, { id: volume, node, field: 'volume' }, signal);
  refuseProtected(found);
  await refuseUsed(session, found, signal);
  return deleteRequest(found);
}

/** The host refuses it as well, but does not say what to do. */
export function refuseProtected({ row }: FoundVolume): void {
  if (row.protected !== true) return;
  throw new Fault('conflict', `The backup ${row.volid} is protected.`, {
    remedy: 'backup.set with protection "off" allows it to be deleted.',
    data: { volume: row.volid },
  });
}

/** The host itself deletes the disk of a machine without asking. */
async function refuseUsed(session: ProxmoxSession, { row }: FoundVolume, signal: AbortSignal): Promise<void> {
  const { vmid, content, volid } = row;
  if (vmid === undefined || (content !== 'images' && content !== 'rootdir')) return;
  const guest = (await listResources(session, 'vm', signal)).find(each => each.vmid === vmid);
  if (guest?.node === undefined || (guest.type !== 'qemu' && guest.type !== 'lxc')) return;
  const params = { node: guest.node, type: guest.type, vmid };
  const request: ProxmoxRequest = { method: 'GET', path: '/nodes/{node}/{type}/{vmid}/config', params };
  const configuration = await session.client.send(request, { signal });
  if (!mentions(configuration, volid)) return;
  throw new Fault('conflict', `The volume ${volid} belongs to the machine ${vmid}.`, {
    remedy: `Take it from the machine first: vmbridge vm configure proxmox:${session.host}/${vmid}`,
    data: { volume: volid, vm: `proxmox:${session.host}/${vmid}` },
  });
}

function mentions(configuration: unknown, volume: string): boolean {
  if (typeof configuration !== 'object' || configuration === null) return false;
  return Object.values(configuration).some(value => typeof value === 'string' && value.split(',').includes(volume));
}
