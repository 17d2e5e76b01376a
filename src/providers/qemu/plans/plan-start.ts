import type { CallContext } from '../../../model/call.ts';
import { type PlanStep, runFolderName } from '../../../model/plan.ts';
import { power } from '../../../qemu/guest/power.ts';
import { refuseOutliving } from '../../../qemu/launch-guest.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { Planner } from '../../define-provider.ts';
import { findKept, findMachine } from '../find-machine.ts';
import { outlivesCall } from '../prepare-start.ts';
import { readMachine } from '../present-machine.ts';
import type { QemuSession } from '../session.ts';
import { refuseFailed } from '../start-machine.ts';
import { launchCommand } from './launch-command.ts';
import { planSettling } from './plan-definition.ts';
import { recordQmp } from './record-requests.ts';

export const planStart: Planner<QemuSession, 'vm.start'> = async (session, { vm, outlive }, call) => {
  const found = await findMachine(session, vm);
  const settling = planSettling(session, found.definition);
  const goOn = () => recordQmp(found.name, 'Let it go on.', qmp => power.goOn(qmp));
  if (found.record !== undefined) {
    const { state } = refuseFailed(await readMachine(session, found, call.signal));
    return [...settling, ...(state === 'paused' ? await goOn() : [])];
  }
  const { definition } = await findKept(session, vm);
  refuseOutliving(outlivesCall(definition, outlive, call));
  return [...settling, ...(await planLaunch(session, definition, call)), ...(await goOn())];
};

async function planLaunch(session: QemuSession, definition: MachineDefinition, call: CallContext): Promise<PlanStep[]> {
  const { command, accelerator } = await launchCommand(session, definition, call);
  return [
    { summary: `Make a folder for this run in ${session.runRoot}.`, file: { action: 'create', path: runFolderName } },
    {
      summary: `Start QEMU in it with ${accelerator}, and with less memory where the host refuses this much.`,
      command,
    },
  ];
}
