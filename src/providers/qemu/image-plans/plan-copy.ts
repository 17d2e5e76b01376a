import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { hideAddress } from '../../../proof/plan-start.ts';
import { describeNewImage } from '../../../qemu/guest/source-node.ts';
import { compareArguments } from '../../../qemu/img/compare-content.ts';
import { copyArguments } from '../../../qemu/img/copy-content.ts';
import { prepareConversion } from '../convert-image.ts';
import { prepareExport } from '../export-image.ts';
import { type CopyParts, openCopy } from '../image/copy-image.ts';
import type { QemuSession } from '../session.ts';
import { planMaking } from './plan-making.ts';

export async function planConversion(
  session: QemuSession,
  input: ToolInput<'image.convert'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  return planCopy(session, await prepareConversion(session, input, signal), signal);
}

export async function planExport(
  session: QemuSession,
  input: ToolInput<'image.export'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  const parts = await prepareExport(session, input, signal);
  const files = [parts.source.path, ...parts.source.parents].join(', ');
  const hashes = input.sha256 ? ', with their SHA-256,' : '';
  const compare = { summary: `Note size and times of ${files}${hashes} before, and compare them after.` };
  return [compare, ...(await planCopy(session, parts, signal))];
}

/** A source that our own reader reads is opened for as long as that takes to tell. */
async function planCopy(session: QemuSession, parts: CopyParts, signal: AbortSignal): Promise<PlanStep[]> {
  const { source, target, shape, verify } = parts;
  const { engine, readable } = await openCopy(session, parts, tmpdir(), signal);
  try {
    const node = hideAddress(readable.node);
    const served = node.driver === 'nbd' ? [{ summary: `Read ${source.path} with vmbridge's own reader.` }] : [];
    const steps = planMaking(target, shape.format, (folder, name) => [
      { summary: `Copy ${source.path}.`, command: [engine.img, ...copyArguments(node, shape, name)] },
      ...(verify
        ? [
            {
              summary: 'Compare the copy with it.',
              command: [engine.img, ...compareArguments(node, describeNewImage(path.join(folder, name), shape.format))],
            },
          ]
        : []),
    ]);
    return [...served, ...steps];
  } finally {
    await readable.close();
  }
}
