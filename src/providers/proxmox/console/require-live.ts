import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import type { ProxmoxSession } from '../session.ts';

/** The machine, which has a screen: it runs or is paused. Throws `conflict` with the way out. */
export async function requireScreen(session: ProxmoxSession, vm: string, signal: AbortSignal): Promise<MachineNow> {
  const now = await readMachine(session, vm, signal);
  if (now.machine.state === 'running' || now.machine.state === 'paused') return now;
  throw notLive(now, 'Start it', 'vm.start');
}

/** The machine, which takes keys: QEMU drops those of a paused one without a word. Throws `conflict`. */
export async function requireKeyboard(session: ProxmoxSession, vm: string, signal: AbortSignal): Promise<MachineNow> {
  const now = await requireScreen(session, vm, signal);
  if (now.machine.state === 'running') return now;
  throw notLive(now, 'Let it go on', 'vm.resume');
}

function notLive({ machine }: MachineNow, what: string, tool: string): Fault {
  return new Fault('conflict', `The machine "${machine.name}" is ${machine.state}.`, {
    remedy: `${what} first: vmbridge call ${tool} --vm ${quoteWord(machine.id)}`,
    data: { field: 'vm', state: machine.state },
  });
}
