import { z } from 'zod';
import type { HaResource, HaRule } from '../../../model/cluster.ts';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxSession } from '../session.ts';
import { findAllowed, numberOf } from './allowed-machines.ts';
import { idOfService } from './ha-service.ts';
import { flag, number, text, words } from './reply-values.ts';

const resourceRow = z.looseObject({
  sid: z.string(),
  state: text,
  group: text,
  max_restart: number,
  max_relocate: number,
  failback: flag,
  comment: text,
});
const ruleRow = z.looseObject({
  rule: z.string(),
  type: text,
  resources: words,
  nodes: words,
  strict: flag,
  affinity: text,
  disable: flag,
  comment: text,
});
const groupRow = z.looseObject({ group: z.string(), nodes: words, restricted: flag, comment: text });

/** From this version on rules say where machines run; before, it was groups. */
const firstWithRules = 9;

export const listHa: Operation<ProxmoxSession, 'ha.list'> = async (session, _input, { signal }) => {
  const [resources, rules] = await Promise.all([readResources(session, signal), readRules(session, signal)]);
  const isAllowed = await findAllowed(session, signal);
  return {
    resources: resources.filter(({ vm }) => isAllowed(numberOf(vm))),
    rules: rules.map(rule => ({ ...rule, vms: rule.vms.filter(vm => isAllowed(numberOf(vm))) })),
  };
};

export async function hasRules({ client }: ProxmoxSession, signal: AbortSignal): Promise<boolean> {
  return (await client.version(signal)).major >= firstWithRules;
}

export async function readResources(session: ProxmoxSession, signal: AbortSignal): Promise<HaResource[]> {
  const reply = await session.client.send({ method: 'GET', path: '/cluster/ha/resources' }, { signal });
  return parseReply(z.array(resourceRow), reply, 'what high availability looks after').map(row => ({
    id: row.sid,
    vm: idOfService(session, row.sid) ?? row.sid,
    // What is not written is the default.
    state: row.state ?? 'started',
    ...(row.group === undefined ? {} : { group: row.group }),
    ...(row.max_restart === undefined ? {} : { maxRestart: row.max_restart }),
    ...(row.max_relocate === undefined ? {} : { maxRelocate: row.max_relocate }),
    ...(row.failback === undefined ? {} : { failback: row.failback }),
    ...(row.comment === undefined ? {} : { comment: row.comment }),
  }));
}

export async function readRules(session: ProxmoxSession, signal: AbortSignal): Promise<HaRule[]> {
  return (await hasRules(session, signal)) ? readNewRules(session, signal) : readGroups(session, signal);
}

async function readNewRules(session: ProxmoxSession, signal: AbortSignal): Promise<HaRule[]> {
  const reply = await session.client.send({ method: 'GET', path: '/cluster/ha/rules' }, { signal });
  return parseReply(z.array(ruleRow), reply, 'the rules of high availability').map(row => ({
    id: row.rule,
    kind: row.type === 'resource-affinity' ? 'resource-affinity' : 'node-affinity',
    vms: row.resources.map(service => idOfService(session, service) ?? service),
    nodes: row.nodes,
    strict: row.strict === true,
    ...(row.affinity === 'positive' || row.affinity === 'negative' ? { affinity: row.affinity } : {}),
    enabled: row.disable !== true,
    ...(row.comment === undefined ? {} : { comment: row.comment }),
  }));
}

async function readGroups(session: ProxmoxSession, signal: AbortSignal): Promise<HaRule[]> {
  const [reply, resources] = await Promise.all([
    session.client.send({ method: 'GET', path: '/cluster/ha/groups' }, { signal }),
    readResources(session, signal),
  ]);
  return parseReply(z.array(groupRow), reply, 'the groups of high availability').map(row => ({
    id: row.group,
    kind: 'group',
    vms: resources.filter(({ group }) => group === row.group).map(({ vm }) => vm),
    nodes: row.nodes,
    strict: row.restricted === true,
    enabled: true,
    ...(row.comment === undefined ? {} : { comment: row.comment }),
  }));
}
