import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { identifyFile } from '../../disk/identify-file.ts';
import { cancelledFault } from '../../errors/fault.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import { createDraftFolder } from '../../host/draft-folder.ts';
import { placeFolder } from '../../host/place-folder.ts';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { CallContext } from '../../model/call.ts';
import type { Engine } from '../../qemu/engine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { type BlockNode, describeSource } from '../../qemu/guest/source-node.ts';
import { copyContent } from '../../qemu/img/copy-content.ts';
import { measureImage } from '../../qemu/img/measure-image.ts';
import type { ImageShape } from '../../qemu/img/target-format.ts';
import { variablesFile } from '../../qemu/machines/describe-machine.ts';
import { type ExportManifest, manifestFile } from '../../qemu/machines/export-manifest.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import type { KeptMachine } from './checkpoints/reach-snapshots.ts';
import { settlePending } from './checkpoints/settle-pending.ts';
import { findKept, requireStopped } from './find-machine.ts';
import { explainFolder } from './image/explain-folder.ts';
import type { QemuSession } from './session.ts';
import { describeExport, listLeftBehind } from './transfer/describe-export.ts';

export interface Part {
  readonly source: string;
  readonly node: BlockNode;
  /** Name in the export. */
  readonly file: string;
  /** What it is expected to take up. */
  readonly bytes: number;
}

/** Writes a stopped machine into a folder that appears whole or not at all. */
export async function exportMachine(
  session: QemuSession,
  { vm, target: rawTarget, compressed }: ToolInput<'vm.export'>,
  call: CallContext,
): Promise<ToolOutput<'vm.export'>> {
  const { signal } = call;
  const target = await checkTarget(rawTarget);
  const found = await findKept(session, vm);
  return session.store.exclusively(found.definition, signal, async () => {
    // What a restore that was broken off left on the disks is no state that the machine was ever in.
    const now = await settlePending(session, vm);
    const order = await prepareExport(session, now, { target, compressed }, signal);
    const bytes = await writeExport(order, call);
    return { path: target, bytes, warnings: listLeftBehind(now.definition) };
  });
}

/** The absolute path of a folder that is to be made. */
export function checkTarget(raw: string): Promise<string> {
  // A folder may be named with a separator at its end.
  return checkNewFile(raw.replace(/(?<=.)[/\\]+$/, ''), 'target');
}

/** What is to be written. Throws `conflict` for a machine that runs, and a `host_fault` where there is no room. */
export async function prepareExport(
  session: QemuSession,
  machine: KeptMachine,
  { target, compressed }: Pick<Order, 'target' | 'compressed'>,
  signal: AbortSignal,
): Promise<Order> {
  requireStopped(machine, 'it can be exported');
  const { definition } = machine;
  const engine = await findEngine(session.environment.engine, signal);
  const parts = await listParts(session, engine, definition, signal);
  const needed = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireFreeSpace(path.dirname(target), compressed ? 0 : needed, 'target');
  return { engine, definition, parts, compressed, target };
}

/** How a part is written. Compressed variables would be larger than they are, and firmware writes them in place. */
export function shapeOf({ file }: Part, compressed: boolean): ImageShape {
  return { format: 'qcow2', compressed: compressed && file !== variablesFile, allocate: false };
}

async function listParts(
  session: QemuSession,
  engine: Engine,
  definition: MachineDefinition,
  signal: AbortSignal,
): Promise<Part[]> {
  const folder = session.store.folderOf(definition.id);
  const disks = definition.disks.map(({ file }, index) => ({ source: file, file: `disk${index}.qcow2` }));
  const variables = definition.firmware === 'uefi' ? [{ source: variablesFile, file: variablesFile }] : [];
  const parts: Part[] = [];
  for (const { source: name, file } of [...disks, ...variables]) {
    const source = path.join(folder, name);
    const node = await describeSource(source, 'qcow2');
    const subject = { image: { path: source, format: 'qcow2' as const } };
    parts.push({ source, node, file, bytes: await measureImage(engine, node, [source], subject, signal) });
  }
  return parts;
}

export interface Order {
  readonly engine: Engine;
  readonly definition: MachineDefinition;
  readonly parts: readonly Part[];
  readonly compressed: boolean;
  readonly target: string;
}

/** Returns the size of all files. */
async function writeExport(order: Order, call: CallContext): Promise<number> {
  const { definition, target } = order;
  const { signal } = call;
  const parent = path.dirname(target);
  const draft = await createDraftFolder(parent).catch((error: unknown) => {
    throw explainFolder(error, parent);
  });
  try {
    const folder = path.join(draft.path, 'export');
    await mkdir(folder, { mode: 0o700 });
    const files = await writeParts(order, folder, call);
    const manifest = describeExport(definition, files);
    await writeFile(path.join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    if (signal.aborted) throw cancelledFault(signal, `Exporting the machine "${definition.name}"`);
    const { size } = await stat(path.join(folder, manifestFile));
    await placeFolder(folder, target);
    return files.reduce((sum, file) => sum + file.bytes, size);
  } catch (error) {
    throw explainFolder(error, parent);
  } finally {
    // What can not be removed now is removed before the next one is made there.
    await draft.remove().catch(() => undefined);
  }
}

type Files = NonNullable<ExportManifest['variables']>[];

async function writeParts({ engine, parts, compressed, target }: Order, folder: string, call: CallContext) {
  const { signal } = call;
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0) || 1;
  const files: Files = [];
  let before = 0;
  for (const part of parts) {
    const { source, node, file, bytes } = part;
    const report = (fraction: number, message: string) =>
      call.progress({ fraction: ((before + bytes * fraction) / total) * 0.98, message });
    const subject = { image: { path: source, format: 'qcow2' as const }, target: path.join(target, file) };
    const onFraction = (fraction: number) => report(fraction * 0.8, `copying ${file}`);
    await copyContent(engine, node, shapeOf(part, compressed), file, { subject, signal, cwd: folder, onFraction });
    const progress = (done: number, size: number) => report(0.8 + (done / size) * 0.2, `summing ${file}`);
    const made = await identifyFile(path.join(folder, file), { sha256: true, signal, progress });
    files.push({ file, bytes: made.size, sha256: made.sha256 ?? '' });
    before += bytes;
  }
  return files;
}
