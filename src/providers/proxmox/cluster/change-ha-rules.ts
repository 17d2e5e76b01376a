import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { HaRule } from '../../../model/cluster.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { listGuests, pickGuests } from '../backups/resolve-guests.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { refuseLimited } from './allowed-machines.ts';
import { serviceOf } from './ha-service.ts';
import { hasRules, readRules } from './read-ha.ts';

type Input = ToolInput<'ha.rule.set'>;

export const setRule: Operation<ProxmoxSession, 'ha.rule.set'> = async (session, input, { signal }) => {
  await session.client.send(await prepare(session, input, signal), { signal });
  return { rule: await findRule(session, input.rule, signal) };
};

export const planSetRule: Planner<ProxmoxSession, 'ha.rule.set'> = async (session, input, { signal }) => {
  const request = await prepare(session, input, signal);
  const summary = `${request.method === 'POST' ? 'Make' : 'Change'} the rule ${input.rule}.`;
  return [planRequest(session.host, request, summary)];
};

export const removeRule: Operation<ProxmoxSession, 'ha.rule.remove'> = async (session, { rule }, { signal }) => {
  refuseLimited(session, 'A rule');
  await session.client.send(removeRequest(await findRule(session, rule, signal)), { signal });
  return { removed: rule };
};

export const planRemoveRule: Planner<ProxmoxSession, 'ha.rule.remove'> = async (session, { rule }, { signal }) => {
  refuseLimited(session, 'A rule');
  return [planRequest(session.host, removeRequest(await findRule(session, rule, signal)), `Delete the rule ${rule}.`)];
};

function removeRequest({ id, kind }: HaRule): ProxmoxRequest {
  return kind === 'group'
    ? { method: 'DELETE', path: '/cluster/ha/groups/{group}', params: { group: id } }
    : { method: 'DELETE', path: '/cluster/ha/rules/{rule}', params: { rule: id } };
}

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal): Promise<ProxmoxRequest> {
  refuseLimited(session, 'A rule');
  const existing = (await readRules(session, signal)).find(({ id }) => id === input.rule);
  if (!(await hasRules(session, signal))) return groupRequest(input, existing);
  const guests = input.vms === undefined ? [] : await listGuests(session, signal);
  const services = input.vms && pickGuests(session, guests, input.vms).map(serviceOf);
  return ruleRequest(input, existing, services?.join(','));
}

function groupRequest(input: Input, existing: HaRule | undefined): ProxmoxRequest {
  const { rule, nodes, vms, affinity, state, strict, comment } = input;
  const foreign = Object.entries({ vms, affinity, state }).find(([, value]) => value !== undefined)?.[0];
  if (foreign !== undefined) {
    throw new Fault('unsupported', `The groups of Proxmox VE 8 do not have "${foreign}".`, {
      remedy: 'Put machines into a group with ha.set; the rest comes with Proxmox VE 9.',
      data: { field: foreign },
    });
  }
  if (existing === undefined && nodes === undefined) throw lacking('nodes', 'A group has nodes.');
  const params = { group: rule, nodes: nodes?.join(','), comment, ...(strict && { restricted: strict === 'on' }) };
  return existing === undefined
    ? { method: 'POST', path: '/cluster/ha/groups', params }
    : { method: 'PUT', path: '/cluster/ha/groups/{group}', params };
}

function ruleRequest(input: Input, existing: HaRule | undefined, resources: string | undefined): ProxmoxRequest {
  const { rule, nodes, affinity, state, strict, comment } = input;
  const type = kindOf(input, existing);
  if (existing !== undefined && existing.kind !== type) {
    throw new Fault('conflict', `The rule "${rule}" is one of ${existing.kind}.`, {
      remedy: 'Delete it first with ha.rule.remove, or choose another name.',
      data: { field: 'rule' },
    });
  }
  if (existing === undefined && resources === undefined) throw lacking('vms', 'A rule is about machines.');
  const params = {
    rule,
    type,
    resources,
    nodes: nodes?.join(','),
    affinity,
    comment,
    ...(strict && { strict: strict === 'on' }),
    ...(state && { disable: state === 'disabled' }),
  };
  return existing === undefined
    ? { method: 'POST', path: '/cluster/ha/rules', params }
    : { method: 'PUT', path: '/cluster/ha/rules/{rule}', params };
}

function kindOf({ nodes, strict, affinity }: Input, existing: HaRule | undefined): HaRule['kind'] {
  if (affinity !== undefined && (nodes !== undefined || strict !== undefined)) {
    throw new Fault('invalid', 'A rule is either about nodes or about machines together or apart.', {
      remedy: 'Make two rules: one with "nodes", one with "affinity".',
      data: { field: 'affinity' },
    });
  }
  if (affinity !== undefined) return 'resource-affinity';
  if (nodes !== undefined) return 'node-affinity';
  if (existing !== undefined) return existing.kind;
  throw lacking('nodes', 'A new rule has "nodes" or "affinity".');
}

function lacking(field: string, message: string): Fault {
  return new Fault('invalid', message, { remedy: `Set "${field}".`, data: { field } });
}

async function findRule(session: ProxmoxSession, rule: string, signal: AbortSignal): Promise<HaRule> {
  const rules = await readRules(session, signal);
  const found = rules.find(({ id }) => id === rule);
  if (found !== undefined) return found;
  const candidates = rules.map(({ id }) => id);
  throw new Fault('not_found', `The cluster ${session.host} has no rule "${rule}".`, {
    remedy: `${suggestWords(rule, candidates)}ha.list names them.`,
    data: { field: 'rule', candidates },
  });
}
