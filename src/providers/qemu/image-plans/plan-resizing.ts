import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import { type PlanStep, runFolderName } from '../../../model/plan.ts';
import { resizeArguments } from '../../../qemu/img/resize-in-place.ts';
import { regionArguments, regionFile } from '../../../qemu/img/write-region.ts';
import { prepareCut, prepareGrowth, type Resizing } from '../resize-image.ts';
import type { QemuSession } from '../session.ts';

type Input = ToolInput<'image.resize'>;

export async function planGrowth(session: QemuSession, input: Input, { signal }: CallContext): Promise<PlanStep[]> {
  return planWork(await prepareGrowth(session, input, signal));
}

export async function planCut(session: QemuSession, input: Input, { signal }: CallContext): Promise<PlanStep[]> {
  return planWork(await prepareCut(session, input, signal));
}

function planWork({ source, work }: Resizing): PlanStep[] {
  if (work === undefined) return [];
  const { engine, change } = work;
  const file = path.join(runFolderName, regionFile);
  const moves = change.patches.flatMap(({ offset, bytes }): PlanStep[] => [
    { summary: `Write ${bytes.length} bytes of partition table into a file.`, file: { action: 'write', path: file } },
    {
      summary: `Copy them to byte ${offset} of the disk.`,
      command: [engine.img, ...regionArguments(source.node, file, { offset, length: bytes.length })],
    },
  ]);
  return [
    ...moves,
    {
      summary: `Give the disk in ${source.path} a size of ${change.sizeBytes} bytes instead of ${source.virtualSize}.`,
      command: [engine.img, ...resizeArguments(source.node, change.sizeBytes, change.shrink)],
    },
  ];
}
