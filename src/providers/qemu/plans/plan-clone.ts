import { findEngine } from '../../../qemu/find-engine.ts';
import type { Planner } from '../../define-provider.ts';
import { describeClone, fillClone } from '../clone-machine.ts';
import { findKept, requireStopped } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';
import { planSettling } from './plan-definition.ts';
import { planDisks, planFolder } from './plan-folder.ts';

export const planClone: Planner<QemuSession, 'vm.clone'> = async (session, { vm, name, linked }, call) => {
  const found = await findKept(session, vm);
  requireStopped(found, 'it can be cloned');
  const { definition } = found;
  const engine = await findEngine(session.environment.engine, call.signal);
  const order = { from: session.store.folderOf(definition.id), clone: describeClone(definition, name), linked };
  const made = await planFolder(session, name, (folder, steps) =>
    fillClone(order, planDisks(engine, folder, steps, call.signal), call),
  );
  return [...planSettling(session, definition), ...made];
};
