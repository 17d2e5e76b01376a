import { statfs } from 'node:fs/promises';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { idOf } from '../find-machine.ts';

/** A disk with less than this left, in bytes, is why nothing could be written to it. */
const nothingLeft = 16 * 2 ** 20;

/** Says what QEMU's refusal to save into `folder` means. Other Faults pass as they are. */
export async function explainSaveFailure(name: string, folder: string, error: unknown): Promise<unknown> {
  const said = readWords(error);
  if (said === undefined || !(error instanceof Fault)) return error;
  // Error while writing VM state: Input/output error   (whatever the cause)
  const isUnwritten = /Input\/output error|Error -5\b/i.test(said);
  const isFull = isUnwritten && (await hasNothingLeft(folder));
  if (isFull || /No space left|not enough space|Error -28\b|quota/i.test(said)) {
    return new Fault('host_fault', `The disk that holds the machine "${name}" is full; the checkpoint was not made.`, {
      remedy: 'Free some space there, and try again. The machine goes on.',
      data: { ...error.data, reason: 'disk_full', said },
      cause: error,
    });
  }
  // State blocked by non-migratable device '0000:00:02.0/nvme'
  // Migration is disabled when VirtFS export path '/srv' is mounted in the guest using mount_tag 'srv'
  if (/non-migratable|Migration is disabled|State blocked|not migratable|migration block/i.test(said)) {
    return new Fault('unsupported', `A device of the machine "${name}" does not let its memory be saved.`, {
      remedy: `Leave the memory out (disksOnly), or stop it first: vmbridge call vm.stop --vm ${quoteWord(idOf(name))}`,
      data: { ...error.data, reason: 'device', said },
      cause: error,
    });
  }
  return new Fault(isUnwritten ? 'host_fault' : 'failed', `QEMU did not make the checkpoint of "${name}".`, {
    remedy: isUnwritten ? `Check the disk that holds ${folder}.` : 'Try again, or stop the machine first.',
    data: { ...error.data, ...(isUnwritten ? { reason: 'io' } : {}), said },
    cause: error,
  });
}

async function hasNothingLeft(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < nothingLeft;
}

export function readWords(error: unknown): string | undefined {
  if (!(error instanceof Fault)) return undefined;
  const words = error.data?.said ?? (error.code === 'failed' ? error.data?.description : undefined);
  return typeof words === 'string' ? words : undefined;
}

/** Says what it means that QEMU did not load a memory. Other Faults pass as they are. */
export function explainLoadFailure(name: string, checkpoint: string, error: unknown): unknown {
  const said = readWords(error);
  if (said === undefined || !(error instanceof Fault)) return error;
  return new Fault('failed', `QEMU could not load the checkpoint "${checkpoint}" of "${name}", which is off now.`, {
    remedy:
      'Its disks are as they were before: start it. A memory can be loaded by the accelerator and the kind of processor that saved it, and by that version of QEMU or a newer one.',
    data: { ...error.data, field: 'checkpoint', said },
    cause: error,
  });
}
