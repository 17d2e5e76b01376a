import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { memoryFileOf, tagOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { idOf } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';

/** Throws `failed` when something of a checkpoint is gone, before anything is changed. */
export async function requireParts(
  session: QemuSession,
  definition: MachineDefinition,
  { id, name, memory }: KeptCheckpoint,
  tags: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const missing = [...tags].filter(([, found]) => !found.includes(tagOf(id))).map(([image]) => image);
  const memoryFile = join(session.store.folderOf(definition.id), memoryFileOf(id));
  if (memory && (await stat(memoryFile).catch(() => undefined)) === undefined) missing.push(memoryFileOf(id));
  if (missing.length === 0) return;
  throw new Fault(
    'failed',
    `The checkpoint "${name}" of "${definition.name}" is not whole: parts of it were removed.`,
    {
      remedy: `Delete it: vmbridge call vm.checkpoint.delete --vm ${quoteWord(idOf(definition.name))} --checkpoint ${id}`,
      data: { field: 'checkpoint', missing, snapshot: tagOf(id) },
    },
  );
}
