import { z } from 'zod';
import type { Cluster, HighAvailabilityState } from '../../../model/cluster.ts';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxSession } from '../session.ts';
import { idOfService } from './ha-service.ts';
import { flag, number, text } from './reply-values.ts';

const row = z.looseObject({
  type: text,
  id: text,
  name: text,
  quorate: flag,
  online: flag,
  local: flag,
  ip: text,
  nodeid: number,
});
const managerRow = z.looseObject({ id: z.string(), type: text, node: text, status: text, state: text, sid: text });

export const readStatus: Operation<ProxmoxSession, 'cluster.status'> = async (session, _input, { signal }) => {
  const [status, manager] = await Promise.all([
    session.client.send({ method: 'GET', path: '/cluster/status' }, { signal }),
    session.client.send({ method: 'GET', path: '/cluster/ha/status/current' }, { signal }),
  ]);
  const rows = parseReply(z.array(row), status, 'the state of the cluster');
  const states = parseReply(z.array(managerRow), manager, 'the state of high availability');
  const cluster = rows.find(({ type }) => type === 'cluster');
  return {
    cluster: {
      host: session.host,
      ...(cluster?.name === undefined ? {} : { name: cluster.name }),
      // A node that is alone decides for itself.
      quorate: cluster === undefined || cluster.quorate === true,
      nodes: rows.filter(({ type }) => type === 'node').map(presentNode),
      highAvailability: states.map(state => presentState(session, state)),
    },
  };
};

function presentNode({ name, id, online, local, ip, nodeid }: z.infer<typeof row>): Cluster['nodes'][number] {
  return {
    name: name ?? id ?? '',
    online: online === true,
    local: local === true,
    ...(ip === undefined ? {} : { address: ip }),
    ...(nodeid === undefined ? {} : { id: nodeid }),
  };
}

function presentState(session: ProxmoxSession, state: z.infer<typeof managerRow>): HighAvailabilityState {
  const { id, type, node, status, sid } = state;
  const vm = sid === undefined ? undefined : idOfService(session, sid);
  return {
    id,
    kind: type ?? 'unknown',
    ...(node === undefined ? {} : { node }),
    ...(status === undefined ? {} : { status }),
    ...(state.state === undefined ? {} : { state: state.state }),
    ...(vm === undefined ? {} : { vm }),
  };
}
