import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { CallContext } from '../../model/call.ts';
import { readCapabilities } from '../../qemu/engine-capabilities.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { changeDisc } from '../../qemu/machines/change-disc.ts';
import { changeForwards } from '../../qemu/machines/change-forwards.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import type { QmpChannel } from '../../qemu/qmp/qmp-channel.ts';
import { checkDisc, checkForwards, checkShares, requireSharing } from './check-hardware.ts';
import type { KeptMachine } from './checkpoints/reach-snapshots.ts';
import { findKept, idOf } from './find-machine.ts';
import { formatNetworks, parseNetwork } from './network-names.ts';
import { presentHardware } from './present-hardware.ts';
import { readMachine } from './present-machine.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'vm.configure'>;

/** Fields that a running machine can not take. */
const cold = ['cpus', 'memoryBytes', 'network', 'shares', 'accelerator'] as const;

export async function configureMachine(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<ToolOutput<'vm.configure'>> {
  const { signal } = call;
  const found = await findKept(session, input.vm);
  await checkInput(session, input, signal);
  return session.store.exclusively(found.definition, signal, async () => {
    const now = await findKept(session, input.vm);
    const { definition, record } = now;
    const after = await describeChange(now, input);
    if (record !== undefined) {
      await reachGuest(session, record, signal, ({ qmp }) => applyHot(qmp, definition, after, signal));
    }
    // Neither is changed by whoever has the machine to himself.
    const keep = ({ name, lastRun }: MachineDefinition) => ({ ...after, name, lastRun });
    const written = await session.store.change(definition.id, keep, signal);
    const machine = await readMachine(session, await findKept(session, idOf(written.name)), signal);
    return { machine, hardware: presentHardware(session, written) };
  });
}

/** Refuses what no machine can take. */
export async function checkInput({ environment }: QemuSession, input: Input, signal: AbortSignal): Promise<void> {
  if (input.iso !== undefined && input.eject) {
    throw new Fault('invalid', 'A disc can not be put in and taken out at once.', {
      remedy: 'Leave "iso" or "eject" out.',
      data: { field: 'eject' },
    });
  }
  if (input.shares === undefined || input.shares.length === 0) return;
  const engine = await findEngine(environment.engine, signal);
  requireSharing((await readCapabilities(engine, environment.paths.cache, signal)).ninep);
}

function refuseCold(input: Input, name: string): void {
  const field = cold.find(each => input[each] !== undefined);
  if (field === undefined) return;
  throw new Fault('conflict', `"${field}" of the machine "${name}" can be changed only while it is stopped.`, {
    remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(idOf(name))}`,
    data: { field, state: 'running' },
  });
}

/** What the machine will be. Throws `conflict` for a change that a running one can not take. */
export async function describeChange(
  { definition: before, record }: KeptMachine,
  input: Input,
): Promise<MachineDefinition> {
  if (record !== undefined) refuseCold(input, before.name);
  const { cpus, memoryBytes, accelerator, lifetime, iso, eject, shares } = input;
  const [card] = before.networks;
  const name = input.network ?? formatNetworks(before.networks);
  const known = card !== undefined && 'forwards' in card ? card.forwards : [];
  // Ports that were forwarded go with the network that they were forwarded on.
  const forwards =
    input.forwards ?? (input.network === undefined || /^(qemu:local\/)?(user|restricted)$/.test(name) ? known : []);
  checkForwards(forwards);
  return {
    ...before,
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(accelerator === undefined ? {} : { accelerator }),
    ...(lifetime === undefined ? {} : { outlives: lifetime === 'host' }),
    ...(shares === undefined ? {} : { shares: await checkShares(shares) }),
    ...(iso === undefined ? {} : { cdrom: await checkDisc(iso) }),
    ...(eject ? { cdrom: null } : {}),
    networks: parseNetwork(name, forwards, card?.mac),
  };
}

/** Brings a running machine to what its definition will say. */
export async function applyHot(
  qmp: QmpChannel,
  before: MachineDefinition,
  after: MachineDefinition,
  signal: AbortSignal,
): Promise<void> {
  await changeForwards(qmp, before.networks, after.networks, signal);
  if (before.cdrom === after.cdrom) return;
  try {
    await changeDisc(qmp, after.cdrom, signal);
  } catch (error) {
    // All or nothing: what the definition says is what the machine has.
    await changeForwards(qmp, after.networks, before.networks).catch(() => {});
    await changeDisc(qmp, before.cdrom).catch(() => {});
    throw error;
  }
}
