import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { bootImage as boot } from '../../proof/boot-image.ts';
import type { Guest } from '../../qemu/guest.ts';
import { bootServices } from './boot-services.ts';
import { findRecord, nameOf, presentMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';

export async function bootImage(
  session: QemuSession,
  input: ToolInput<'image.boot'>,
  call: CallContext,
): Promise<ToolOutput<'image.boot'>> {
  const options = { ...input, image: path.resolve(input.image) };
  const { guest, verdict, warnings, removeFiles } = await boot(options, bootServices(session, call));
  session.keep(guest, removeFiles);
  endWithGuest(guest);
  const status = await guest.status();
  if (status === 'exited') throw endedAtOnce(input.image, verdict?.reason);
  const machine = presentMachine(await findRecord(session, nameOf(guest)), status);
  return { machine, ...(verdict === undefined ? {} : { verdict }), warnings: [...warnings] };
}

/** A guest that shuts itself down leaves QEMU standing with its last screen; nobody is there to look at it. */
function endWithGuest(guest: Guest): void {
  guest.qmp.on('SHUTDOWN', () => void guest.stop({ acpiMs: 0 }).catch(() => {}));
}

function endedAtOnce(image: string, reason: string | undefined): Fault {
  return new Fault('host_fault', `The machine of ${image} ended as soon as it had started.`, {
    remedy: 'Prove the image: vmbridge prove tells why, with evidence.',
    data: reason === undefined ? {} : { reason },
  });
}
