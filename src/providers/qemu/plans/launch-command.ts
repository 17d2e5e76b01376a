import type { CallContext } from '../../../model/call.ts';
import { runFolderName } from '../../../model/plan.ts';
import { describeLaunch } from '../../../qemu/launch-guest.ts';
import type { CheckpointHardware, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { prepareDescription } from '../../../qemu/machines/start-machine.ts';
import { hidePipe } from '../../../qemu/start-guest.ts';
import { prepareStart } from '../prepare-start.ts';
import type { QemuSession } from '../session.ts';

/** The command line that a machine would be started with, on its own hardware or on that of a checkpoint. */
export async function launchCommand(
  session: QemuSession,
  definition: MachineDefinition,
  call: CallContext,
  hardware?: CheckpointHardware,
): Promise<{ command: string[]; accelerator: string }> {
  const start = await prepareStart(session, definition, { call, hardware, remember: false });
  const { engine, choice, remoteScreen } = start;
  const machineFolder = session.store.folderOf(definition.id);
  const describe = await prepareDescription(engine, definition, { ...start, hardware, machineFolder });
  const spec = await describe(hardware?.memoryBytes ?? definition.memoryBytes);
  const { args } = await describeLaunch(engine, spec, { folder: runFolderName, remoteScreen });
  return { command: [engine.system, ...args.map(hidePipe)], accelerator: choice.accelerator };
}
