import { realpath, stat } from 'node:fs/promises';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { openImage } from '../../disk/open-image.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { findDependents } from '../../qemu/img/find-dependents.ts';
import { listSnapshots } from '../../qemu/img/list-snapshots.ts';
import { resizeInPlace } from '../../qemu/img/resize-in-place.ts';
import { checkDiskSize } from '../../qemu/img/target-format.ts';
import { findUsedEnd } from './image/find-used-end.ts';
import { openSource, type Source } from './image/open-source.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'image.resize'>;
type Output = ToolOutput<'image.resize'>;

/** Makes a disk larger in its own file. */
export async function resizeImage(session: QemuSession, input: Input, call: CallContext): Promise<Output> {
  const source = await openResizable(input, call.signal);
  if (input.sizeBytes < source.virtualSize) {
    const message = `The disk in ${source.path} has ${source.virtualSize} bytes; ${input.sizeBytes} would cut off its end.`;
    throw new Fault('invalid', message, {
      remedy: 'Use image.shrink, which refuses to cut off what is used.',
      data: { field: 'sizeBytes', virtualSize: source.virtualSize },
    });
  }
  checkDiskSize(source.format === 'raw' ? 'raw' : 'qcow2', input.sizeBytes, 'sizeBytes');
  if (input.sizeBytes === source.virtualSize) return describe(source, call.signal, []);
  const table = await readTable(source, call.signal);
  await resize(session, source, input.sizeBytes, false, call.signal);
  return describe(source, call.signal, [
    ...source.warnings,
    ...(table === 'gpt' ? [gptWarning(source.path, 'at the former end of the disk')] : []),
    ...(table === 'none' ? [] : ['The partitions have the size that they had.']),
  ]);
}

/** Cuts off the end of a disk in its own file, unless something is there. */
export async function shrinkImage(session: QemuSession, input: Input, call: CallContext): Promise<Output> {
  const { signal } = call;
  const source = await openResizable(input, signal);
  if (input.sizeBytes > source.virtualSize) {
    throw new Fault('invalid', `The disk in ${source.path} has only ${source.virtualSize} bytes.`, {
      remedy: 'Use image.resize to make it larger.',
      data: { field: 'sizeBytes', virtualSize: source.virtualSize },
    });
  }
  if (input.sizeBytes === source.virtualSize) return describe(source, signal, []);
  const { table, end } = await findUsedEnd(source.path, input.sizeBytes, { format: source.format, signal });
  if (input.sizeBytes < end) {
    throw new Fault('conflict', `The disk in ${source.path} is used up to byte ${end}; nothing was cut off.`, {
      remedy: 'Make partitions and file systems smaller first, inside of a machine.',
      data: { field: 'sizeBytes', usedEnd: end, table },
    });
  }
  await resize(session, source, input.sizeBytes, true, signal);
  const warnings = table === 'gpt' ? [gptWarning(source.path, 'gone with the former end of the disk')] : [];
  return describe(source, signal, [...source.warnings, ...warnings]);
}

async function openResizable(input: Input, signal: AbortSignal): Promise<Source> {
  const source = await openSource(input.image, input.format, 'image', signal);
  const data = { field: 'image', path: source.path, format: source.format };
  if (source.format !== 'raw' && source.format !== 'qcow2') {
    const message = `The disk in ${source.path} has the format ${source.format}, whose size QEMU can not change.`;
    throw new Fault('unsupported', message, {
      remedy: 'Copy it into a qcow2 with image.convert, and change the size of that.',
      data,
    });
  }
  if ((await stat(source.path)).isFile()) return source;
  throw new Fault('unsupported', `${source.path} is a device, whose size is not QEMU's to change.`, {
    remedy: 'Use the tools of the device, such as lvextend.',
    data,
  });
}

async function resize(session: QemuSession, source: Source, sizeBytes: number, shrink: boolean, signal: AbortSignal) {
  const dependents = await findDependents(await realpath(source.path), signal);
  if (dependents.length > 0) {
    throw new Fault('conflict', `Other images stand on ${source.path}, which must stay as it is.`, {
      remedy: 'Change the size of the image that stands on it instead.',
      data: { field: 'image', dependents },
    });
  }
  const engine = await findEngine(session.environment.engine, signal);
  const options = { subject: { image: source }, signal };
  const snapshots = shrink ? await listSnapshots(engine, source.node, options) : [];
  if (snapshots.length > 0) {
    throw new Fault('conflict', `The image ${source.path} has snapshots inside, which are of the present size.`, {
      remedy: 'Delete them first, or copy the disk into a new image: image.convert leaves them out.',
      data: { field: 'image', snapshots },
    });
  }
  await resizeInPlace(engine, source.node, sizeBytes, shrink, options);
}

async function readTable({ path, format }: Source, signal: AbortSignal) {
  const { inspectImage } = await import('../../disk/inspect-image.ts');
  return (await inspectImage(path, { format, signal })).partitionTable;
}

async function describe(source: Source, signal: AbortSignal, warnings: string[]): Promise<Output> {
  const { path, format, virtualSize: virtualSizeBefore } = source;
  const image = await openImage(path, { format, signal });
  try {
    const { virtualSize, fileSize } = image;
    return { path, virtualSizeBefore, virtualSize, fileSize, warnings };
  } finally {
    await image.close();
  }
}

function gptWarning(image: string, where: string): string {
  return `The second copy of the partition table (GPT) is ${where}. Mend that with "sgdisk -e" on the disk of ${image}.`;
}
