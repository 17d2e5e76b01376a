import path from 'node:path';
import type { PlanStep } from '../../../model/plan.ts';
import type { TargetFormat } from '../../../qemu/img/target-format.ts';
import { nameDraft } from '../image/make-image.ts';

/** What `makeImage` would do around that which writes the image. */
export function planMaking(
  target: string,
  format: TargetFormat,
  write: (folder: string, name: string) => PlanStep[],
): PlanStep[] {
  const folder = path.join(path.dirname(target), '<new folder>');
  return [
    {
      summary: 'Make a private folder beside the target; the commands run in it.',
      file: { action: 'create', path: folder },
    },
    ...write(folder, nameDraft(target, format)),
    { summary: 'Give the image its name when it is whole.', file: { action: 'create', path: target } },
    { summary: 'Remove the private folder.', file: { action: 'delete', path: folder } },
  ];
}
