import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { bootImage as boot } from '../../proof/boot-image.ts';
import { nameRunFolder } from '../../proof/name-run-folder.ts';
import { bootServices } from './boot-services.ts';
import { keepBooted } from './keep-booted.ts';
import { findRecord, idOf, nameOf, presentMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';
import { followMachine } from './stats-series.ts';

export async function bootImage(
  session: QemuSession,
  input: ToolInput<'image.boot'>,
  call: CallContext,
): Promise<ToolOutput<'image.boot'>> {
  const options = chooseBoot(session, input);
  const booted = await boot(options, bootServices(session, call));
  const { guest, verdict, warnings } = booted;
  keepBooted(session, booted);
  const status = await guest.status();
  if (status === 'exited') throw endedAtOnce(input.image, verdict?.reason);
  const record = await findRecord(session, nameOf(guest));
  followMachine(session, record);
  const machine = presentMachine(record, status);
  return { machine, ...(verdict === undefined ? {} : { verdict }), warnings: [...warnings] };
}

/** What is booted. Throws `denied` when nobody could see the machine. */
export function chooseBoot(session: QemuSession, input: ToolInput<'image.boot'>): ToolInput<'image.boot'> {
  const options = { ...input, image: path.resolve(input.image) };
  refuseUnseen(session, options.image);
  return options;
}

/** Nobody starts a machine that they could neither see nor stop. Only its last letters are not known beforehand. */
function refuseUnseen({ environment }: QemuSession, image: string): void {
  // No pattern has this letter, so that only a wildcard covers what will stand there.
  const unknown = '\uffff'.repeat(6);
  const name = `${nameRunFolder(image)}-${unknown}`;
  if (environment.allowsMachine({ id: idOf(name), name })) return;
  const pattern = idOf(name).replace(unknown, '*');
  throw new Fault('denied', `The machine of ${image} would not be on the list of machines allowed here.`, {
    remedy: `Allow "${pattern}" with --machines and in the configuration, or use image.prove, which keeps no machine.`,
    data: { field: 'image', pattern },
  });
}

function endedAtOnce(image: string, reason: string | undefined): Fault {
  return new Fault('host_fault', `The machine of ${image} ended as soon as it had started.`, {
    remedy: 'Prove the image: vmbridge prove tells why, with evidence.',
    data: reason === undefined ? {} : { reason },
  });
}
