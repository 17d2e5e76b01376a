import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { CallContext } from '../../model/call.ts';
import type { Engine } from '../../qemu/engine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { type Backing, createEmpty } from '../../qemu/img/create-empty.ts';
import { measureImage } from '../../qemu/img/measure-image.ts';
import {
  checkDiskSize,
  chooseTargetFormat,
  driverOf,
  type ImageShape,
  shapeArguments,
} from '../../qemu/img/target-format.ts';
import { makeImage } from './image/make-image.ts';
import { describeBase, lookOverSource, type Source } from './image/open-source.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'image.create'>;

const longestBackingName = 1023;

/** Makes an empty image, or one that stands on another. */
export async function createImage(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<ToolOutput<'image.create'>> {
  const { signal } = call;
  const { target, shape, virtualSize, engine, parent, backing, warnings } = await prepareCreation(
    session,
    input,
    signal,
  );
  const { format } = shape;
  const subject = { image: { path: target, format }, target };
  const made = await makeImage({
    target,
    format,
    virtualSize,
    signal,
    write: (cwd, name) => createEmpty(engine, shape, virtualSize, name, { subject, signal, cwd, backing }),
  });
  return { ...made, ...(parent && { backing: parent.path }), warnings: [...warnings, ...(parent?.warnings ?? [])] };
}

export interface Creation {
  readonly target: string;
  readonly shape: ImageShape;
  readonly virtualSize: number;
  readonly engine: Engine;
  readonly parent: Source | undefined;
  readonly backing: Backing | undefined;
  readonly warnings: readonly string[];
}

/** What is to be made; refuses what can be refused. */
export async function prepareCreation(session: QemuSession, input: Input, signal: AbortSignal): Promise<Creation> {
  const format = chooseTargetFormat(input.target, input.format, 'format');
  const shape: ImageShape = { format, compressed: false, allocate: input.allocate };
  shapeArguments(shape);
  const target = await checkNewFile(input.target, 'target');
  const parent = await openBacking(session, input, shape, signal);
  const virtualSize = chooseSize(input, parent);
  const warnings = checkDiskSize(format, virtualSize, 'sizeBytes');
  if (input.allocate) await requireFreeSpace(path.dirname(target), virtualSize, 'target');
  const engine = await findEngine(session.environment.engine, signal);
  // Whether QEMU can read the parent, and nobody is writing to it, shows when it opens it.
  if (parent) await measureImage(engine, await describeBase(parent, 'backing'), [], { image: parent }, signal);
  const backing = parent && { path: parent.path, driver: driverOf(parent.format) };
  return { target, shape, virtualSize, engine, parent, backing, warnings };
}

async function openBacking(
  session: QemuSession,
  input: Input,
  shape: ImageShape,
  signal: AbortSignal,
): Promise<Source | undefined> {
  if (input.backing === undefined) {
    if (input.backingFormat === undefined) return undefined;
    throw refuse('backingFormat', 'A format of the image below was given, but no such image.');
  }
  if (shape.format !== 'qcow2') throw refuse('format', 'Only a qcow2 can stand on another image.');
  if (shape.allocate) throw refuse('allocate', 'An image that stands on another holds only what differs from it.');
  if (Buffer.byteLength(path.resolve(input.backing)) > longestBackingName) {
    throw refuse('backing', `A qcow2 has room for a path of ${longestBackingName} bytes to the image below.`);
  }
  return lookOverSource(session, { image: input.backing, format: input.backingFormat }, 'backing', signal);
}

function chooseSize({ sizeBytes }: Input, parent: Source | undefined): number {
  if (parent === undefined) {
    if (sizeBytes !== undefined) return sizeBytes;
    throw refuse('sizeBytes', 'The size of the disk is missing.');
  }
  const size = sizeBytes ?? parent.virtualSize;
  if (size >= parent.virtualSize) return size;
  throw refuse('sizeBytes', `The disk would be smaller than the ${parent.virtualSize} bytes of the image below.`);
}

function refuse(field: string, message: string): Fault {
  return new Fault('invalid', message, { remedy: `Correct "${field}".`, data: { field } });
}
