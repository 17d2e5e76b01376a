import { z } from 'zod';
import type { QmpClient } from '../qmp/qmp-client.ts';

/** What QEMU says of the channel between host and agent. */
export interface ChannelState {
  /** The guest has opened its end, as a running agent does. */
  readonly opened: boolean;
  /** Some program on the host is connected to it. */
  readonly connected: boolean;
}

// {"frontend-open": true, "filename": "disconnected:unix:/run/…/agent.sock,server=on", "label": "agent"}
const characterDevices = z.array(z.object({ 'frontend-open': z.boolean(), filename: z.string(), label: z.string() }));

/** Asks QEMU about the channel with this address; nothing when it knows none. */
export async function readChannelState(
  qmp: Pick<QmpClient, 'execute'>,
  address: string,
  signal?: AbortSignal,
): Promise<ChannelState | undefined> {
  const devices = characterDevices.parse(await qmp.execute('query-chardev', {}, signal));
  const found = devices.find(({ filename }) => filename.includes(address));
  return found && { opened: found['frontend-open'], connected: !found.filename.startsWith('disconnected:') };
}
