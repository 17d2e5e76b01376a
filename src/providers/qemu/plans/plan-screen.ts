import type { PlanStep } from '../../../model/plan.ts';
import { setPassword } from '../../../qemu/console/display-password.ts';
import { screendump } from '../../../qemu/guest/capture.ts';
import type { Planner } from '../../define-provider.ts';
import { nameOf } from '../find-machine.ts';
import { findConsole } from '../open-console.ts';
import { reachLiveGuest } from '../reach-live-guest.ts';
import { prepareScreenshot } from '../screenshot.ts';
import type { QemuSession } from '../session.ts';
import { recordQmp } from './record-requests.ts';

/** A socket is there already: nothing has to be done for it. */
export const planConsole: Planner<QemuSession, 'vm.console'> = async (session, input, call) => {
  const found = await findConsole(session, input, call);
  if ('socket' in found) return [];
  const { record, guarded } = found;
  const { seconds } = input;
  const relay: PlanStep = {
    summary: `Listen at a free port of 127.0.0.1 for one viewer, for ${seconds} s.`,
    request: { to: 'this host', body: { listen: '127.0.0.1:<port>', to: 'socket' in guarded ? guarded.socket : '' } },
  };
  const summary = `Set a password for ${seconds} s.`;
  const password = await recordQmp(nameOf(record), summary, qmp => setPassword(qmp, '<secret>', seconds));
  return [...('socket' in guarded ? [relay] : []), ...password];
};

export const planScreenshot: Planner<QemuSession, 'vm.screenshot'> = async (session, { vm, file: asked }, call) => {
  const { record, file } = await prepareScreenshot(session, { vm, file: asked }, call);
  await reachLiveGuest(session, record, vm, call, guest => guest.status(call.signal));
  const summary = 'Have QEMU write its screen into a file, which is removed once it is read.';
  const dump = await recordQmp(nameOf(record), summary, qmp => screendump(qmp, '<capture>.ppm'));
  const written: PlanStep[] =
    file === undefined ? [] : [{ summary: 'Write the picture, in PNG.', file: { action: 'create', path: file } }];
  return [...dump, ...written];
};
