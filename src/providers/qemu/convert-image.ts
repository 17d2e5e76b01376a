import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { CallContext } from '../../model/call.ts';
import type { Engine } from '../../qemu/engine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { describeSource } from '../../qemu/guest/source-node.ts';
import { compareContent } from '../../qemu/img/compare-content.ts';
import { copyContent } from '../../qemu/img/copy-content.ts';
import { measureImage } from '../../qemu/img/measure-image.ts';
import { checkDiskSize, chooseTargetFormat, type ImageShape, shapeArguments } from '../../qemu/img/target-format.ts';
import { makeImage } from './image/make-image.ts';
import { fingerprintSource, openSource, type Source } from './image/open-source.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'image.convert'>;

/** Copies a disk into a new file; what can be refused is refused before anything is made. */
export async function convertImage(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<ToolOutput<'image.convert'>> {
  const started = performance.now();
  const { signal } = call;
  const { verify, compressed, allocate } = input;
  const shape = { format: chooseTargetFormat(input.target, input.targetFormat, 'targetFormat'), compressed, allocate };
  shapeArguments(shape);
  const target = await checkNewFile(input.target, 'target');
  const source = await openSource(input.image, input.format, 'image', signal);
  const sizeWarnings = checkDiskSize(shape.format, source.virtualSize, 'targetFormat');
  const engine = await findEngine(session.environment.engine, signal);
  const measured = await checkSpace(engine, source, shape, target, signal);
  const before = await fingerprintSource(source, signal);
  const copied = (fraction: number) => report(call, `Copying ${source.path}`, fraction, measured, verify ? 0.6 : 1);
  const compared = (fraction: number) => report(call, 'Comparing the copy', fraction, measured, 0.4, 0.6);
  const subject = { image: source, target };
  const made = await makeImage({
    target,
    format: shape.format,
    virtualSize: source.virtualSize,
    signal,
    async write(cwd, name) {
      await copyContent(engine, source.node, shape, name, { subject, signal, cwd, onFraction: copied });
      await requireUnchanged(source, before, signal);
      if (!verify) return;
      const copy = await describeSource(path.join(cwd, name), shape.format);
      await compareContent(engine, source.node, copy, { subject, signal, onFraction: compared });
    },
  });
  const warnings = [...source.warnings, ...sizeWarnings, ...describeMerge(source)];
  return { ...made, milliseconds: Math.round(performance.now() - started), warnings };
}

/** How small a compressed image gets is known only when it is there: then a full disk is noticed while it is written. */
async function checkSpace(
  engine: Engine,
  source: Source,
  { compressed, allocate }: ImageShape,
  target: string,
  signal: AbortSignal,
): Promise<number> {
  const subject = { image: source, target };
  const measured = await measureImage(engine, source.node, [source.path, ...source.parents], subject, signal);
  const needed = compressed ? 0 : allocate ? source.virtualSize : Math.min(measured, source.virtualSize);
  await requireFreeSpace(path.dirname(target), needed, 'target');
  return measured;
}

async function requireUnchanged(source: Source, before: string, signal: AbortSignal): Promise<void> {
  if ((await fingerprintSource(source, signal)) === before) return;
  throw new Fault('conflict', `The image ${source.path} was written to while it was copied; the copy was removed.`, {
    remedy: 'Stop whatever uses the image, then try again.',
    data: { field: 'image', reason: 'changed', path: source.path },
  });
}

function describeMerge({ parents, sectorSize, format }: Source): string[] {
  return [
    ...(parents.length > 0 ? [`What the image takes from ${parents.join(', ')} was copied as well.`] : []),
    ...(sectorSize !== 512 && format !== 'iso'
      ? [
          `The disk had sectors of ${sectorSize} bytes; the new image has sectors of 512, in which its partition table may be misread.`,
        ]
      : []),
  ];
}

function report(call: CallContext, what: string, fraction: number, total: number, share: number, from = 0): void {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const message = `${what}: ${mebibytes(fraction * total)} of about ${mebibytes(total)} MiB`;
  call.progress({ fraction: from + fraction * share, message });
}
