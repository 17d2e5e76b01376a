import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { findKept, findMachine, idOf } from './find-machine.ts';
import { readMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';

export async function renameMachine(
  session: QemuSession,
  { vm, name }: { readonly vm: string; readonly name: string },
  { signal }: CallContext,
): Promise<{ machine: Machine }> {
  const { definition } = await findKept(session, vm);
  await session.store.change(definition.id, before => ({ ...before, name }), signal);
  return { machine: await readMachine(session, await findMachine(session, idOf(name)), signal) };
}
