import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue } from '../client/request.ts';
import { flagOf, isRecord, type ReplyRecord, recordOf, recordsOf, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { awaitManaged } from './await-managed.ts';
import { changeSlot } from './change-slot.ts';
import { chooseNode } from './choose-place.ts';
import { type MachineNow, readMachine } from './read-machine.ts';
import { refuseLocked } from './refusals.ts';
import { at, type Step, warningsOf } from './step.ts';

type MigrateInput = ToolInput<'vm.migrate'>;

/** The first release that tells beforehand what keeps a container where it is. */
const firstForContainers = 9;

export const migrateMachine = changeSlot<'vm.migrate'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine, guest } = now;
  if (guest.node === input.node) return { steps: [], finish: async () => ({ machine }) };
  refuseLocked(now);
  await chooseNode(session, input.node, signal);
  const isOff = machine.state === 'stopped' || machine.state === 'saved';
  if (!isOff && !input.online) {
    throw new Fault(
      'conflict',
      `The machine "${machine.name}" is ${machine.state}; it is moved only when that is asked for.`,
      {
        remedy: `Set online${guest.type === 'lxc' ? ', which restarts it on the way' : ''}, or stop it first.`,
        data: { field: 'online', state: machine.state },
      },
    );
  }
  await refuseObstacles(session, now, input, signal);
  return {
    steps: [migrateStep(now, input, !isOff)],
    finish: async (call, ends) => {
      const moved = { ...now, guest: { ...guest, node: input.node } };
      return { machine: (await awaitManaged(session, moved, isThere(input), call)).machine, ...warningsOf(ends) };
    },
  };
});

/** What the cluster looks after is moved in its own time. */
function isThere({ node }: MigrateInput) {
  return { until: ({ guest }: MachineNow) => guest.node === node, seconds: 600 };
}

function migrateStep({ guest, machine }: MachineNow, input: MigrateInput, runs: boolean): Step {
  const how: Record<string, ParameterValue | undefined> =
    guest.type === 'lxc'
      ? { restart: runs ? true : undefined, 'target-storage': input.targetStorage }
      : {
          online: runs ? true : undefined,
          'with-local-disks': input.withLocalDisks ? true : undefined,
          targetstorage: input.targetStorage,
        };
  return {
    summary: `Move "${machine.name}" from ${guest.node} to ${input.node}${runs ? ' while it runs' : ''}.`,
    what: `Moving the machine "${machine.name}"`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/migrate',
      params: { ...at(guest), target: input.node, ...how },
    },
  };
}

async function refuseObstacles(
  { client }: ProxmoxSession,
  { guest, machine }: MachineNow,
  input: MigrateInput,
  signal: AbortSignal,
): Promise<void> {
  if (guest.type === 'lxc' && (await client.version(signal)).major < firstForContainers) return;
  const params = { ...at(guest), target: input.node };
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/{type}/{vmid}/migrate', params }, { signal });
  const obstacles = obstaclesOf(recordOf(reply, `the move of ${guest.id}`), input, machine.state !== 'stopped');
  if (obstacles.length === 0) return;
  throw new Fault('conflict', `"${machine.name}" can not be moved to ${input.node}: ${obstacles[0]}.`, {
    remedy: 'Remove what keeps it there, or choose another node.',
    data: { field: 'node', obstacles },
  });
}

/** {"local_resources":["hostpci0"],"local_disks":[{"volid":"local:100/a.qcow2","cdrom":0}],"not_allowed_nodes":{"pve2":{"unavailable_storages":["local-lvm"]}}} */
function obstaclesOf(
  reply: ReplyRecord,
  { node, withLocalDisks, targetStorage }: MigrateInput,
  runs: boolean,
): string[] {
  const resources = listOf(reply.local_resources).map(name => `its ${name} is a device of the node`);
  const local = recordsOf(reply.local_disks, 'local disks');
  // Of one that is off they are copied on the way.
  const disks = local
    .filter(({ cdrom }) => runs && !withLocalDisks && !flagOf(cdrom))
    .map(({ volid }) => `only its present node has ${textOf(volid) ?? 'a disk of it'}; set withLocalDisks`);
  const discs = local
    .filter(({ cdrom, volid }) => flagOf(cdrom) && !/cloudinit/.test(textOf(volid) ?? ''))
    .map(({ volid }) => `only its present node has the disc ${textOf(volid) ?? ''}; eject it`);
  const refused = reply.not_allowed_nodes ?? reply['not-allowed-nodes'];
  const there = isRecord(refused) && isRecord(refused[node]) ? refused[node] : {};
  const storages = listOf(there.unavailable_storages)
    .filter(() => targetStorage === undefined)
    .map(name => `${node} has no storage "${name}"; set targetStorage`);
  const rules = recordsOf(there['blocking-ha-resources'], 'rules').map(
    ({ sid }) => `a rule of HA keeps it from ${textOf(sid) ?? 'there'}`,
  );
  return [...resources, ...disks, ...discs, ...storages, ...rules];
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap(each => textOf(each) ?? []) : [];
}
