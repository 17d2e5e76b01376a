import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import { formatForward } from '../guest/network-devices.ts';
import type { NetworkSpec, PortForward } from '../machine-spec.ts';
import type { QmpChannel } from '../qmp/qmp-channel.ts';

/** Opens and closes ports of a running machine's first card. What can not be opened leaves the others as they were. */
export async function changeForwards(
  qmp: QmpChannel,
  before: readonly NetworkSpec[],
  after: readonly NetworkSpec[],
  signal?: AbortSignal,
): Promise<void> {
  const old = forwardsOf(before);
  const wanted = forwardsOf(after);
  const closed = old.filter(one => !wanted.some(other => isSame(one, other)));
  const opened = wanted.filter(one => !old.some(other => isSame(one, other)));
  for (const forward of closed) await close(qmp, forward, signal);
  const done: PortForward[] = [];
  try {
    for (const forward of opened) {
      await open(qmp, forward, signal);
      done.push(forward);
    }
  } catch (error) {
    for (const forward of done) await close(qmp, forward);
    for (const forward of closed) await open(qmp, forward).catch(() => {});
    throw error;
  }
}

function forwardsOf(networks: readonly NetworkSpec[]): readonly PortForward[] {
  return networks.flatMap(network => ('forwards' in network ? network.forwards : []));
}

function isSame(one: PortForward, other: PortForward): boolean {
  return formatForward(one) === formatForward(other);
}

/** Only the monitor for people has these; it says nothing when all went well. */
async function open(qmp: QmpChannel, forward: PortForward, signal?: AbortSignal): Promise<void> {
  const said = await qmp.execute(
    'human-monitor-command',
    { 'command-line': `hostfwd_add net0 ${formatForward(forward)}` },
    signal,
  );
  if (said === '') return;
  const place = `${forward.protocol} port ${forward.hostPort} of ${forward.hostAddress}`;
  throw new Fault('conflict', `The ${place} can not be forwarded: another program uses it, or this user may not.`, {
    remedy: 'Choose another host port, above 1023, at an address of this host, or end the program that uses it.',
    data: { field: 'forwards', reason: 'port_in_use', said: escapeControls(String(said).slice(0, 500)) },
  });
}

async function close(qmp: QmpChannel, { protocol, hostAddress, hostPort }: PortForward, signal?: AbortSignal) {
  const line = `hostfwd_remove net0 ${protocol}:${hostAddress}:${hostPort}`;
  await qmp.execute('human-monitor-command', { 'command-line': line }, signal);
}
