import path from 'node:path';
import type { PlanStep } from '../../../model/plan.ts';
import { definitionFile } from '../../../qemu/machines/definition-files.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { QemuSession } from '../session.ts';

/** The step that writes down what a machine is. */
export function writeDefinition({ store }: QemuSession, { id }: MachineDefinition, summary: string): PlanStep {
  return { summary, file: { action: 'write', path: path.join(store.folderOf(id), definitionFile) } };
}

/** A machine at whose checkpoints somebody worked who was killed is set in order before anything else. */
export function planSettling(session: QemuSession, definition: MachineDefinition | undefined): PlanStep[] {
  if (definition?.pending === undefined) return [];
  const { action } = definition.pending;
  return [writeDefinition(session, definition, `Set in order first what a broken-off ${action} of a checkpoint left.`)];
}
