import type { Planner } from '../../define-provider.ts';
import { fillMachine, prepareMachine } from '../create-machine.ts';
import type { QemuSession } from '../session.ts';
import { planDisks, planFolder } from './plan-folder.ts';

export const planCreate: Planner<QemuSession, 'vm.create'> = async (session, input, call) => {
  const order = await prepareMachine(session, input, call.signal);
  return planFolder(session, input.name, (folder, steps) =>
    fillMachine(session, order, planDisks(order.engine, folder, steps, call.signal), call),
  );
};
