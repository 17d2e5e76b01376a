import path from 'node:path';
import type { PlanStep } from '../../../model/plan.ts';
import { copyArguments } from '../../../qemu/img/copy-content.ts';
import { manifestFile } from '../../../qemu/machines/export-manifest.ts';
import type { Planner } from '../../define-provider.ts';
import { checkTarget, prepareExport, shapeOf } from '../export-machine.ts';
import { findKept } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';
import { planSettling } from './plan-definition.ts';

export const planExport: Planner<QemuSession, 'vm.export'> = async (session, input, { signal }) => {
  const target = await checkTarget(input.target);
  const found = await findKept(session, input.vm);
  const { engine, parts } = await prepareExport(session, found, { target, compressed: input.compressed }, signal);
  const copies = parts.map(
    (part): PlanStep => ({
      summary: `Copy ${part.source} into it.`,
      command: [engine.img, ...copyArguments(part.node, shapeOf(part, input.compressed), part.file)],
    }),
  );
  const manifest = path.join(target, manifestFile);
  return [
    ...planSettling(session, found.definition),
    {
      summary: 'Make the folder, in which qemu-img works; it appears when all is in it.',
      file: { action: 'create', path: target },
    },
    ...copies,
    {
      summary: 'Write what the machine is, with the SHA-256 of each file.',
      file: { action: 'create', path: manifest },
    },
  ];
};
