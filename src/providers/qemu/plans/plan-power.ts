import { power } from '../../../qemu/guest/power.ts';
import type { Planner } from '../../define-provider.ts';
import { findMachine, findRecord } from '../find-machine.ts';
import { findPausable } from '../machines.ts';
import { reachGuest } from '../reach-guest.ts';
import { patience, refuseUnasked, shutDownSteps } from '../restart-machine.ts';
import type { QemuSession } from '../session.ts';
import { planSettling } from './plan-definition.ts';
import { planButton } from './plan-stop.ts';
import { recordQmp } from './record-requests.ts';

export const planPause: Planner<QemuSession, 'vm.pause'> = async (session, { vm }, { signal }) => {
  const { found, before } = await findPausable(session, vm, signal);
  return before.nativeState === 'paused' ? [] : recordQmp(found.name, 'Hold it.', qmp => power.pause(qmp));
};

export const planResume: Planner<QemuSession, 'vm.resume'> = async (session, { vm }, { signal }) => {
  const { found, before } = await findPausable(session, vm, signal);
  const goOn = () => recordQmp(found.name, 'Let it go on.', qmp => power.goOn(qmp));
  return [...planSettling(session, found.definition), ...(before.nativeState === 'running' ? [] : await goOn())];
};

export const planRestart: Planner<QemuSession, 'vm.restart'> = async (session, { vm, force }, { signal }) => {
  const record = await findRecord(session, vm);
  const found = await findMachine(session, vm);
  await reachGuest(session, record, signal, async guest => {
    refuseUnasked(await guest.status(signal), found.name, force);
  });
  const { name } = found;
  const settling = planSettling(session, found.definition);
  const reset = await recordQmp(name, 'Start its system again.', qmp => power.reset(qmp));
  if (force) return [...settling, ...reset];
  const condition = `When the guest has shut down, for which it has ${patience / 1000} s.`;
  return [
    ...settling,
    ...(await recordQmp(name, 'Have QEMU stay when the guest shuts down.', qmp => shutDownSteps.hold(qmp))),
    ...(await planButton(name, patience / 1000)),
    ...(await recordQmp(name, 'Have QEMU do as before when the guest shuts down.', qmp =>
      shutDownSteps.letEnd(qmp, found),
    )),
    ...reset.map(step => ({ ...step, condition })),
  ];
};
