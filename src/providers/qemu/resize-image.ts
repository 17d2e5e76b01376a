import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { openImage } from '../../disk/open-image.ts';
import { Fault } from '../../errors/fault.ts';
import { createRunFolder } from '../../host/run-folder.ts';
import type { CallContext } from '../../model/call.ts';
import type { Engine } from '../../qemu/engine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { type BlockNode, describeSource } from '../../qemu/guest/source-node.ts';
import { findDependents } from '../../qemu/img/find-dependents.ts';
import { listData } from '../../qemu/img/list-data.ts';
import { listSnapshots } from '../../qemu/img/list-snapshots.ts';
import { resizeInPlace } from '../../qemu/img/resize-in-place.ts';
import { checkDiskSize } from '../../qemu/img/target-format.ts';
import { writeRegion } from '../../qemu/img/write-region.ts';
import { findUsedEnd } from './image/find-used-end.ts';
import { lookOverSource, type Source as SeenSource } from './image/open-source.ts';
import type { Patch } from './image/plan-gpt-move.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'image.resize'>;
type Output = ToolOutput<'image.resize'>;

const gptWarning =
  'The second copy of the partition table (GPT) stays at the former end of the disk. Move it with "sgdisk -e" inside of a machine.';

export interface Change {
  readonly sizeBytes: number;
  readonly shrink: boolean;
  readonly patches: readonly Patch[];
}

/** A disk, and what is to be changed of it; nothing where it has that size already. */
export interface Resizing {
  readonly source: Source;
  readonly warnings: readonly string[];
  readonly work?: { readonly change: Change; readonly engine: Engine };
}

/** Makes a disk larger in its own file. */
export async function resizeImage(session: QemuSession, input: Input, { signal }: CallContext): Promise<Output> {
  return apply(session, await prepareGrowth(session, input, signal), signal);
}

/** Cuts off the end of a disk in its own file, unless something is there. */
export async function shrinkImage(session: QemuSession, input: Input, { signal }: CallContext): Promise<Output> {
  return apply(session, await prepareCut(session, input, signal), signal);
}

async function apply(session: QemuSession, { source, warnings, work }: Resizing, signal: AbortSignal): Promise<Output> {
  if (work !== undefined) {
    const { engine, change } = work;
    if (change.patches.length > 0) await writePatches(session, engine, source, change.patches, signal);
    const options = { subject: { image: source }, signal };
    await resizeInPlace(engine, source.node, change.sizeBytes, change.shrink, options);
  }
  return describe(source, signal, warnings);
}

/** What makes a disk larger; refuses what can be refused. */
export async function prepareGrowth(session: QemuSession, input: Input, signal: AbortSignal): Promise<Resizing> {
  const source = await openResizable(session, input, signal);
  if (input.sizeBytes < source.virtualSize) {
    const message = `The disk in ${source.path} has ${source.virtualSize} bytes; ${input.sizeBytes} would cut off its end.`;
    throw new Fault('invalid', message, {
      remedy: 'Use image.shrink, which refuses to cut off what is used.',
      data: { field: 'sizeBytes', virtualSize: source.virtualSize },
    });
  }
  checkDiskSize(source.format === 'raw' ? 'raw' : 'qcow2', input.sizeBytes, 'sizeBytes');
  if (input.sizeBytes === source.virtualSize) return { source, warnings: [] };
  const table = await readTable(source, signal);
  const change = { sizeBytes: input.sizeBytes, shrink: false, patches: [] };
  const warnings = [
    ...source.warnings,
    ...(table === 'gpt' ? [gptWarning] : []),
    ...(table === 'none' ? [] : ['The partitions have the size that they had.']),
  ];
  return { source, warnings, work: { change, engine: await requireChangeable(session, source, change, signal) } };
}

/** What cuts off its end; refuses what can be refused. */
export async function prepareCut(session: QemuSession, input: Input, signal: AbortSignal): Promise<Resizing> {
  const source = await openResizable(session, input, signal);
  if (input.sizeBytes > source.virtualSize) {
    throw new Fault('invalid', `The disk in ${source.path} has only ${source.virtualSize} bytes.`, {
      remedy: 'Use image.resize to make it larger.',
      data: { field: 'sizeBytes', virtualSize: source.virtualSize },
    });
  }
  if (input.sizeBytes === source.virtualSize) return { source, warnings: [] };
  const engine = await findEngine(session.environment.engine, signal);
  const { table, end, patches } = await findUsedEnd(source.path, input.sizeBytes, {
    format: source.format,
    signal,
    listData: () => listData(engine, source.node, input.sizeBytes, { subject: { image: source }, signal }),
  });
  if (input.sizeBytes < end) {
    throw new Fault('conflict', `The disk in ${source.path} is used up to byte ${end}; nothing was cut off.`, {
      remedy: 'Make partitions and file systems smaller first, inside of a machine.',
      data: { field: 'sizeBytes', usedEnd: end, table },
    });
  }
  const change = { sizeBytes: input.sizeBytes, shrink: true, patches };
  await requireChangeable(session, source, change, signal);
  return { source, warnings: source.warnings, work: { change, engine } };
}

/** A source that QEMU itself opens, to be written to. */
export interface Source extends SeenSource {
  readonly node: BlockNode;
}

async function openResizable(session: QemuSession, input: Input, signal: AbortSignal): Promise<Source> {
  const source = await lookOverSource(session, { image: input.image, format: input.format }, 'image', signal);
  const data = { field: 'image', path: source.path, format: source.format };
  if (source.format !== 'raw' && source.format !== 'qcow2') {
    const message = `The disk in ${source.path} has the format ${source.format}, whose size QEMU can not change.`;
    throw new Fault('unsupported', message, {
      remedy: 'Copy it into a qcow2 with image.convert, and change the size of that.',
      data,
    });
  }
  if ((await stat(source.path)).isFile()) return { ...source, node: await describeSource(source.path, source.format) };
  throw new Fault('unsupported', `${source.path} is a device, whose size is not QEMU's to change.`, {
    remedy: 'Use the tools of the device, such as lvextend.',
    data,
  });
}

/** Refuses to change what others stand on, or what is of the present size. Returns what would change it. */
async function requireChangeable(
  session: QemuSession,
  source: Source,
  { shrink }: Change,
  signal: AbortSignal,
): Promise<Engine> {
  const file = await realpath(source.path);
  const dependents = [...(await findDependents(file, signal)), ...(await findLinkedDisks(session, file))];
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
  return engine;
}

/** Disks of kept machines that stand on the file, wherever it is. */
async function findLinkedDisks({ store }: QemuSession, file: string): Promise<string[]> {
  const found: string[] = [];
  for (const { id, disks } of await store.list()) {
    for (const disk of disks) {
      const base = disk.backing && (await realpath(disk.backing.path).catch(() => undefined));
      if (base === file) found.push(path.join(store.folderOf(id), disk.file));
    }
  }
  return found;
}

async function writePatches(
  { runRoot }: QemuSession,
  engine: Engine,
  source: Source,
  patches: readonly Patch[],
  signal: AbortSignal,
): Promise<void> {
  const folder = await createRunFolder(runRoot, 'resize');
  try {
    const options = { subject: { image: source }, signal, cwd: folder.path };
    for (const { offset, bytes } of patches) await writeRegion(engine, source.node, offset, bytes, options);
  } finally {
    await folder.remove();
  }
}

async function readTable({ path: file, format }: Source, signal: AbortSignal) {
  const { inspectImage } = await import('../../disk/inspect-image.ts');
  return (await inspectImage(file, { format, signal })).partitionTable;
}

async function describe(source: Source, signal: AbortSignal, warnings: readonly string[]): Promise<Output> {
  const { path: file, format, virtualSize: virtualSizeBefore } = source;
  const image = await openImage(file, { format, signal });
  try {
    const { virtualSize, fileSize } = image;
    return { path: file, virtualSizeBefore, virtualSize, fileSize, warnings: [...warnings] };
  } finally {
    await image.close();
  }
}
