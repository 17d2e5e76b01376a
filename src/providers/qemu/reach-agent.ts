import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import { readChannelState } from '../../qemu/agent/channel-state.ts';
import { useAgent, type WithAgent } from '../../qemu/agent/use-agent.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { findMachine, findRecord, nameOf } from './find-machine.ts';
import { readMachine } from './present-machine.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

/** The agent of a running machine. Faults: `not_found`, `conflict` (it does not run), `unavailable` (it has no channel). */
export async function reachAgent(session: QemuSession, vm: string, signal: AbortSignal): Promise<WithAgent> {
  const record = await findRecord(session, vm);
  const { state, name, nativeState } = await readMachine(session, await findMachine(session, vm), signal);
  // One that is busy on its second channel may well have an agent that answers.
  if (state !== 'running' && state !== 'unknown') {
    throw new Fault('conflict', `The machine "${name}" is ${state} (${nativeState}): its guest agent cannot answer.`, {
      remedy:
        state === 'paused' ? `Let it go on: vmbridge call vm.resume --vm ${quoteWord(name)}` : 'Wait until it runs.',
      data: { field: 'vm', state },
    });
  }
  return agentOf(session, record);
}

/** The agent of a machine that is known to run. Fault: `unavailable` (the machine has no channel for one). */
export function agentOf(session: QemuSession, record: GuestRecord): WithAgent {
  const { agent: path } = record;
  const machine = nameOf(record);
  if (path === undefined) {
    throw new Fault('unavailable', `The machine "${machine}" has no channel for a guest agent.`, {
      remedy: 'Start it again with this version of vmbridge.',
      data: { field: 'vm' },
    });
  }
  const askChannel = (signal?: AbortSignal) =>
    reachGuest(session, record, signal, guest => readChannelState(guest.qmp, path, signal));
  return (use, options) => useAgent({ path, machine, askChannel }, use, options);
}
