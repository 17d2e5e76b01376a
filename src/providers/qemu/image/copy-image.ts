import path from 'node:path';
import { requireFreeSpace } from '../../../host/require-free-space.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Engine } from '../../../qemu/engine.ts';
import { findEngine } from '../../../qemu/find-engine.ts';
import { type BlockNode, describeNewImage } from '../../../qemu/guest/source-node.ts';
import { compareContent } from '../../../qemu/img/compare-content.ts';
import { copyContent } from '../../../qemu/img/copy-content.ts';
import { measureImage } from '../../../qemu/img/measure-image.ts';
import { checkDiskSize, type ImageShape } from '../../../qemu/img/target-format.ts';
import type { QemuSession } from '../session.ts';
import { type MadeImage, makeImage } from './make-image.ts';
import { openReadable, type ReadableSource, type Source } from './open-source.ts';

export interface CopyParts {
  readonly source: Source;
  /** Absolute, and free when it was looked at. */
  readonly target: string;
  readonly shape: ImageShape;
  /** Compare the contents of both. */
  readonly verify: boolean;
}

export interface CopyOrder extends CopyParts {
  /** Done before the first byte is read, when it is known that the copy has room. */
  readonly prepare: () => Promise<void>;
  /** Done when all has been read, and before the new image gets its name; what it throws undoes the copy. */
  readonly check: () => Promise<void>;
  /** Share of the call's progress, from and to. */
  readonly share: readonly [from: number, to: number];
}

/** Copies a disk into a new file, which has its name only when it is whole. */
export async function copyImage(
  session: QemuSession,
  order: CopyOrder,
  call: CallContext,
): Promise<{ made: MadeImage; warnings: string[] }> {
  const { source, target, shape, verify } = order;
  const { signal } = call;
  const { engine, readable, measured, sizeWarnings } = await openCopy(session, order, session.runRoot, signal);
  try {
    await order.prepare();
    const [from, to] = order.share;
    const middle = verify ? from + (to - from) * 0.6 : to;
    const tell = (what: string, start: number, end: number) => (fraction: number) =>
      report(call, `${what} ${source.path}`, { fraction, total: measured, start, end });
    const subject = { image: source, target };
    const made = await makeImage({
      target,
      format: shape.format,
      virtualSize: source.virtualSize,
      signal,
      async write(cwd, name) {
        const copied = tell('Copying', from, middle);
        await copyContent(engine, readable.node, shape, name, { subject, signal, cwd, onFraction: copied });
        if (verify) {
          const copy = describeNewImage(path.join(cwd, name), shape.format);
          const compared = tell('Comparing the copy with', middle, to);
          await compareContent(engine, readable.node, copy, { subject, signal, onFraction: compared });
        }
        await order.check();
      },
    });
    return { made, warnings: [...source.warnings, ...sizeWarnings, ...describeMerge(source)] };
  } finally {
    await readable.close();
  }
}

/** A copy that has room, and whose source is open; `runRoot` is for the socket by which it may be read. */
export interface OpenCopy {
  readonly engine: Engine;
  readonly readable: ReadableSource;
  /** About so many bytes of it are data. */
  readonly measured: number;
  readonly sizeWarnings: readonly string[];
}

export async function openCopy(
  session: QemuSession,
  parts: CopyParts,
  runRoot: string,
  signal: AbortSignal,
): Promise<OpenCopy> {
  const { source, shape } = parts;
  const sizeWarnings = checkDiskSize(shape.format, source.virtualSize, 'targetFormat');
  const engine = await findEngine(session.environment.engine, signal);
  const readable = await openReadable(source, { engine, runRoot, signal });
  try {
    return { engine, readable, measured: await checkSpace(engine, parts, readable.node, signal), sizeWarnings };
  } catch (error) {
    await readable.close();
    throw error;
  }
}

/** How small a compressed image gets is known only when it is there: then a full disk is noticed while it is written. */
async function checkSpace(
  engine: Engine,
  { source, target, shape }: CopyParts,
  node: BlockNode,
  signal: AbortSignal,
): Promise<number> {
  const subject = { image: source, target };
  const measured = await measureImage(engine, node, [source.path, ...source.parents], subject, signal);
  const { compressed, allocate } = shape;
  const needed = compressed ? 0 : allocate ? source.virtualSize : Math.min(measured, source.virtualSize);
  await requireFreeSpace(path.dirname(target), needed, 'target');
  return measured;
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

interface Step {
  readonly fraction: number;
  readonly total: number;
  readonly start: number;
  readonly end: number;
}

function report(call: CallContext, what: string, { fraction, total, start, end }: Step): void {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const message = `${what}: ${mebibytes(fraction * total)} of about ${mebibytes(total)} MiB`;
  call.progress({ fraction: start + fraction * (end - start), message });
}
