import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requireFreeSpace } from '../../../host/require-free-space.ts';
import { type PlanStep, runFolderName } from '../../../model/plan.ts';
import type { Engine } from '../../../qemu/engine.ts';
import { describeExport } from '../../../qemu/guest/export-node.ts';
import type { BlockNode } from '../../../qemu/guest/source-node.ts';
import { measureImage } from '../../../qemu/img/measure-image.ts';
import { definitionFile } from '../../../qemu/machines/definition-files.ts';
import { variablesFile } from '../../../qemu/machines/describe-machine.ts';
import { type DiskMaker, type DiskSource, diskArguments } from '../machine-disks.ts';
import type { QemuSession } from '../session.ts';

/** Only the run gives a machine its id. */
const newId = '<new id>';

/** How the folder of a new machine comes to be; `fill` says what is in it. */
export async function planFolder(
  { store }: QemuSession,
  name: string,
  fill: (folder: string, steps: PlanStep[]) => Promise<unknown>,
): Promise<PlanStep[]> {
  await store.refuseTaken(name);
  const folder = path.join(store.root, newId);
  const steps: PlanStep[] = [
    { summary: 'Make the folder of the machine, in which qemu-img works.', file: { action: 'create', path: folder } },
  ];
  await fill(folder, steps);
  const file = path.join(folder, definitionFile);
  return [
    ...steps,
    { summary: `Write down what "${name}" is; it exists from then on.`, file: { action: 'create', path: file } },
  ];
}

/** Notes down what would be made in the folder of a new machine. */
export function planDisks(engine: Engine, folder: string, steps: PlanStep[], signal: AbortSignal): DiskMaker {
  const run = (summary: string, args: readonly string[]) => {
    steps.push({ summary, command: [engine.img, ...args] });
  };
  return {
    create: async (file, sizeBytes, base) => {
      const what = base === undefined ? `Make an empty disk of ${sizeBytes} bytes.` : `Put a new disk on ${base.path}.`;
      run(what, diskArguments.create(file, sizeBytes, base));
    },
    copy: async (file, source) => {
      run(
        `Copy the disk ${source.path}.`,
        diskArguments.copy(file, await lookOver(engine, file, folder, source, signal)),
      );
    },
    grow: async (file, sizeBytes) =>
      run(`Make the disk ${sizeBytes} bytes large.`, diskArguments.grow(file, sizeBytes)),
    createVariables: async template => run('Give it fresh UEFI variables.', diskArguments.createVariables(template)),
    takeVariables: async from => {
      const target = path.join(folder, variablesFile);
      steps.push({ summary: `Copy the UEFI variables ${from}.`, file: { action: 'create', path: target } });
    },
  };
}

/** Opens the source as the copy would, apart from all that is vmbridge's, and sees whether the copy has room. */
async function lookOver(
  engine: Engine,
  file: string,
  folder: string,
  source: DiskSource,
  signal: AbortSignal,
): Promise<BlockNode> {
  const readable = await source.open(tmpdir());
  try {
    const subject = { image: source, target: path.join(folder, file) };
    await requireRoom(folder, await measureImage(engine, readable.node, source.files, subject, signal), 'image');
    if (readable.node.driver !== 'nbd') return readable.node;
    return describeExport({ address: { kind: 'unix', path: `${runFolderName}/<socket>` }, name: '<name>' });
  } finally {
    await readable.close();
  }
}

/** Throws a `host_fault` where a folder that is yet to be made would have too little room. */
export async function requireRoom(folder: string, bytes: number, field: string): Promise<void> {
  let nearest = folder;
  while (!(await stat(nearest).catch(() => undefined))) nearest = path.dirname(nearest);
  await requireFreeSpace(nearest, bytes, field);
}
