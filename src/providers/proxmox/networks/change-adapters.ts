import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue, ProxmoxRequest } from '../client/request.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { readPending } from '../machines/get-machine.ts';
import { type MachineNow, readConfiguration, readMachine } from '../machines/read-machine.ts';
import { refuseLocked } from '../machines/refusals.ts';
import type { Step } from '../machines/step.ts';
import { type ReplyRecord, textOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { changeAdapterText } from './adapter-text.ts';
import { findAdapter, networkAdaptersOf, settingsOf } from './read-adapters.ts';
import { requireBridge } from './require-bridge.ts';

/** net0 to net31. */
const mostAdapters = 32;

export const addAdapter = changeSlot<'vm.adapter.add'>(async (session, input, { signal }) => {
  const { now, configuration } = await look(session, input.vm, signal);
  const key = Array.from({ length: mostAdapters }, (_, index) => `net${index}`).find(
    one => textOf(configuration[one]) === undefined,
  );
  if (key === undefined) {
    throw new Fault('conflict', `The machine "${now.machine.name}" has ${mostAdapters} network adapters already.`, {
      remedy: 'Remove one first.',
      data: { field: 'vm' },
    });
  }
  const step = await setStep(session, { now, configuration, key, input, verb: 'Add' }, signal);
  return { steps: [step], finish: ({ signal: later }) => tell(session, now, key, later) };
});

export const setAdapter = changeSlot<'vm.adapter.set'>(async (session, input, { signal }) => {
  const { now, configuration } = await look(session, input.vm, signal);
  const former = findAdapter(networkAdaptersOf(configuration), input.adapter, now.machine.name);
  const { key } = former;
  const before = settingsOf(former, now.guest.type);
  const step = await setStep(session, { now, configuration, key, input, verb: 'Change' }, signal);
  const isSame = step.request.params?.[key] === textOf(configuration[key]);
  return {
    steps: isSame ? [] : [step],
    finish: async ({ signal: later }) => ({ ...(await tell(session, now, key, later)), before }),
  };
});

export const removeAdapter = changeSlot<'vm.adapter.remove'>(async (session, input, { signal }) => {
  const { now, configuration } = await look(session, input.vm, signal);
  const former = findAdapter(networkAdaptersOf(configuration), input.adapter, now.machine.name);
  const { key } = former;
  const step: Step = {
    summary: `Take the network adapter "${key}" from "${now.machine.name}".`,
    what: 'Taking the network adapter away',
    ...configure(now.guest, { delete: key, digest: textOf(configuration.digest) }),
  };
  return {
    steps: [step],
    finish: async ({ signal: later }) => ({
      removed: key,
      before: settingsOf(former, now.guest.type),
      ...(await pendingOf(session, now.guest, key, later)),
    }),
  };
});

async function look(session: ProxmoxSession, vm: string, signal: AbortSignal) {
  const now = await readMachine(session, vm, signal);
  refuseLocked(now);
  return { now, configuration: await readConfiguration(session, now.guest, signal) };
}

interface Setting {
  readonly now: MachineNow;
  readonly configuration: ReplyRecord;
  readonly key: string;
  readonly input: ToolInput<'vm.adapter.add'> | ToolInput<'vm.adapter.set'>;
  readonly verb: 'Add' | 'Change';
}

async function setStep(
  session: ProxmoxSession,
  { now: { guest, machine }, configuration, key, input, verb }: Setting,
  signal: AbortSignal,
): Promise<Step> {
  const { network, vm: _vm, ...settings } = input;
  const bridge = network === undefined ? undefined : await requireBridge(session, guest, network, signal);
  const text = changeAdapterText(guest.type, textOf(configuration[key]), { ...settings, bridge }, key);
  return {
    summary: `${verb} the network adapter "${key}" of "${machine.name}".`,
    what: verb === 'Add' ? 'Adding the network adapter' : 'Changing the network adapter',
    ...configure(guest, { [key]: text, digest: textOf(configuration.digest) }),
  };
}

/** The digest makes the server refuse it when somebody else has changed the configuration meanwhile. */
function configure(
  { type, node, vmid }: Guest,
  changes: Readonly<Record<string, ParameterValue | undefined>>,
): Pick<Step, 'request' | 'task' | 'explain'> {
  const params = { node, vmid, ...changes };
  const machine: ProxmoxRequest = { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/config', params };
  const container: ProxmoxRequest = { method: 'PUT', path: '/nodes/{node}/lxc/{vmid}/config', params };
  return type === 'qemu'
    ? { request: machine, explain: explainModified }
    : { request: container, task: false, explain: explainModified };
}

// detected modified configuration - file changed by other user? Try again.
function explainModified(fault: Fault): Fault {
  if (!/detected modified configuration/i.test(JSON.stringify(fault.data ?? {}))) return fault;
  return new Fault('conflict', 'Somebody else has changed the settings of the machine meanwhile.', {
    remedy: 'Look at them with vm.adapter.list, and call this again when it is wanted after all.',
    data: fault.data,
    cause: fault,
  });
}

async function tell(session: ProxmoxSession, { guest, machine }: MachineNow, key: string, signal: AbortSignal) {
  const [configuration, pending] = await Promise.all([
    readConfiguration(session, guest, signal),
    pendingOf(session, guest, key, signal),
  ]);
  return { adapter: findAdapter(networkAdaptersOf(configuration), key, machine.name), ...pending };
}

async function pendingOf(session: ProxmoxSession, guest: Guest, key: string, signal: AbortSignal) {
  const pending = (await readPending(session, guest, signal)).filter(change => change.key === key);
  return pending.length === 0 ? {} : { pending };
}
