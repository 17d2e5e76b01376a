import { readdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { PlanStep } from '../../../model/plan.ts';
import type { Planner } from '../../define-provider.ts';
import { applyHot, checkInput, describeChange } from '../configure-machine.ts';
import { findKept, findMachine, requireStopped } from '../find-machine.ts';
import { reachGuest } from '../reach-guest.ts';
import { refuseBaseOfClones } from '../refuse-base-of-clones.ts';
import type { QemuSession } from '../session.ts';
import { writeDefinition } from './plan-definition.ts';
import { recordQmp } from './record-requests.ts';

/** So many files are told by name. */
const mostNamed = 20;

export const planDelete: Planner<QemuSession, 'vm.delete'> = async (session, { vm }) => {
  const found = await findMachine(session, vm);
  requireStopped(found, 'it is deleted');
  const kept = found.damaged ?? found.definition;
  if (kept === undefined) return [{ summary: 'Forget the throw-away machine that broke down.' }];
  await refuseBaseOfClones(session, kept, 'can not be deleted');
  const folder = session.store.folderOf(kept.id);
  const names = (await readdir(folder)).sort();
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  const held = `${names.slice(0, mostNamed).join(', ')}${more}`;
  const step: PlanStep = { summary: `Delete its folder with ${held}.`, file: { action: 'delete', path: folder } };
  return [step];
};

export const planRename: Planner<QemuSession, 'vm.rename'> = async (session, { vm, name }) => {
  const { definition } = await findKept(session, vm);
  if (definition.name === name) return [];
  await session.store.refuseTaken(name);
  return [writeDefinition(session, definition, `Write down that "${definition.name}" is called "${name}".`)];
};

export const planConfigure: Planner<QemuSession, 'vm.configure'> = async (session, input, { signal }) => {
  const found = await findKept(session, input.vm);
  await checkInput(session, input, signal);
  const after = await describeChange(found, input);
  const { definition, record, name } = found;
  if (isDeepStrictEqual(after, definition)) return [];
  // One that does not answer is refused here as it would be.
  if (record !== undefined) await reachGuest(session, record, signal, guest => guest.status(signal));
  const summary = 'Bring the running machine to it.';
  const hot =
    record === undefined ? [] : await recordQmp(name, summary, qmp => applyHot(qmp, definition, after, signal));
  return [...hot, writeDefinition(session, definition, `Write down what "${name}" is from now on.`)];
};
