import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openImage } from '../../../disk/open-image.ts';
import { Fault } from '../../../errors/fault.ts';
import { copyRegularFile } from '../../../host/copy-regular-file.ts';
import { requireFreeSpace } from '../../../host/require-free-space.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Engine } from '../../../qemu/engine.ts';
import type { UefiFirmware } from '../../../qemu/firmware/uefi-firmware.ts';
import { variablesFile } from '../../../qemu/machines/describe-machine.ts';
import type { ExportedFile, ExportManifest } from '../../../qemu/machines/export-manifest.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { makeDisks } from '../machine-disks.ts';
import { checkStandalone } from './check-standalone.ts';

export interface ImportOrder {
  readonly engine: Engine;
  readonly uefi: UefiFirmware | undefined;
  readonly manifest: ExportManifest;
  readonly definition: MachineDefinition;
  /** The folder of the export. */
  readonly source: string;
  /** The folder of the new machine. */
  readonly target: string;
  /** Gets what is worth knowing. */
  readonly warnings: string[];
}

type Copy = (file: ExportedFile, name: string) => Promise<number>;

/** The files of an export that are wanted, what becomes of them, and their bytes. */
export function listParts({ manifest, definition, uefi }: Pick<ImportOrder, 'manifest' | 'definition' | 'uefi'>) {
  const disks = manifest.disks.flatMap((file, index) => {
    const disk = definition.disks[index];
    return disk === undefined ? [] : [{ file, disk }];
  });
  const variables = uefi === undefined ? undefined : manifest.variables;
  const files = [...manifest.disks, ...(variables === undefined ? [] : [variables])];
  return { disks, variables, total: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Copies what an export holds, checking the copy and not the original, which somebody might change meanwhile. */
export async function fillFromExport(order: ImportOrder, call: CallContext): Promise<MachineDefinition> {
  const { definition, source, target, uefi } = order;
  const { signal } = call;
  const { disks: wanted, variables, total } = listParts(order);
  await requireFreeSpace(target, total, 'source');
  let done = 0;
  const copy: Copy = async (file, name) => {
    const from = path.join(source, file.file);
    const to = path.join(target, name);
    const onBytes = (bytes: number) => {
      done += bytes;
      call.progress({ fraction: (done / Math.max(total, 1)) * 0.95, message: `copying ${file.file}` });
    };
    const sha256 = await copyRegularFile(from, to, { bytes: file.bytes, field: 'source', signal, onBytes });
    if (sha256 !== file.sha256) throw damaged(from, file.sha256, sha256);
    return checkStandalone(to, from, signal);
  };
  const disks: MachineDefinition['disks'] = [];
  for (const { file, disk } of wanted) disks.push({ ...disk, sizeBytes: await copy(file, disk.file) });
  if (uefi !== undefined) await fillVariables(order, uefi, variables, copy, signal);
  return { ...definition, disks };
}

/** Variables of another size belong to another build of the firmware, which this one would not find its way in. */
async function fillVariables(
  { engine, target, warnings }: ImportOrder,
  uefi: UefiFirmware,
  variables: ExportedFile | undefined,
  copy: Copy,
  signal: AbortSignal,
): Promise<void> {
  const template = await openImage(uefi.vars, { format: uefi.varsFormat, signal });
  await template.close();
  if (variables !== undefined) {
    if ((await copy(variables, variablesFile)) === template.virtualSize) return;
    await rm(path.join(target, variablesFile));
    warnings.push('Its UEFI variables are of another firmware and were replaced by fresh ones: boot entries are lost.');
  }
  await makeDisks(engine, target, signal).createVariables(uefi);
}

function damaged(file: string, expected: string, found: string): Fault {
  return new Fault('invalid', `The file ${file} is damaged: its SHA-256 is not the one that the export names.`, {
    remedy: 'Fetch the export again, or export the machine again.',
    data: { field: 'source', path: file, expected, found },
  });
}
