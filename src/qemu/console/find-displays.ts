import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { displayIds } from './vnc-arguments.ts';

/** Where a running machine's screen can be reached; absent what it was not started with. */
export interface Displays {
  /** Path of the socket without a password. */
  readonly open?: string | undefined;
  readonly guarded?: { readonly socket: string } | { readonly port: number } | undefined;
}

// {"id": "vmbridge-open", "auth": "none", "clients": [], "server": [{"auth": "none", "family": "unix", "service": "/run/open.sock",
// "host": "", "websocket": false}]}
const server = z.object({ family: z.string(), service: z.string() });
const answer = z.array(z.object({ id: z.string(), server: z.array(server) }));

/** Asks QEMU itself. Throws `unsupported` for a QEMU that was built without VNC. */
export async function findDisplays(qmp: QmpClient, signal?: AbortSignal): Promise<Displays> {
  const displays = answer.parse(await query(qmp, signal));
  const find = (id: string) => displays.find(display => display.id === id)?.server[0];
  const open = find(displayIds.open);
  const guarded = find(displayIds.guarded);
  return {
    open: open?.family === 'unix' ? open.service : undefined,
    guarded: guarded === undefined ? undefined : describeGuarded(guarded),
  };
}

function describeGuarded({ family, service }: z.infer<typeof server>): Displays['guarded'] {
  return family === 'unix' ? { socket: service } : { port: Number(service) };
}

async function query(qmp: QmpClient, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await qmp.execute('query-vnc-servers', {}, signal);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'unsupported') throw error;
    throw new Fault('unsupported', 'This QEMU was built without VNC.', {
      remedy: 'Use vm.screenshot, vm.sendKeys and vm.type, or install a QEMU with VNC.',
      data: error.data,
      cause: error,
    });
  }
}
