import path from 'node:path';
import type { PlanStep } from '../../../model/plan.ts';
import { variablesFile } from '../../../qemu/machines/describe-machine.ts';
import type { ExportedFile } from '../../../qemu/machines/export-manifest.ts';
import type { Planner } from '../../define-provider.ts';
import { prepareImport } from '../import-machine.ts';
import type { QemuSession } from '../session.ts';
import { listParts } from '../transfer/fill-from-export.ts';
import { planDisks, planFolder, requireRoom } from './plan-folder.ts';

export const planImport: Planner<QemuSession, 'vm.import'> = async (session, input, { signal }) => {
  const { order } = await prepareImport(session, input, signal);
  const { engine, uefi, source } = order;
  const { disks, variables, total } = listParts(order);
  return planFolder(session, order.definition.name, async (folder, steps) => {
    await requireRoom(folder, total, 'source');
    const copy = (file: ExportedFile, name: string): PlanStep => ({
      summary: `Copy ${path.join(source, file.file)}, and check its SHA-256 and that it stands alone.`,
      file: { action: 'create', path: path.join(folder, name) },
    });
    for (const { file, disk } of disks) steps.push(copy(file, disk.file));
    if (uefi === undefined) return;
    if (variables !== undefined) steps.push(copy(variables, variablesFile));
    const fresh: PlanStep[] = [];
    await planDisks(engine, folder, fresh, signal).createVariables(uefi);
    const condition = variables && 'When those of the export are of another firmware than the one here.';
    steps.push(...fresh.map(step => ({ ...step, ...(condition === undefined ? {} : { condition }) })));
  });
};
