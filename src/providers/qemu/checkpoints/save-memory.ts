import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import { readResidentBytes } from '../../../host/read-resident-bytes.ts';
import { requireFreeSpace } from '../../../host/require-free-space.ts';
import type { CallContext } from '../../../model/call.ts';
import type { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { memoryFileOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { CheckpointHardware, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { QemuSession } from '../session.ts';
import { openStored } from './reach-snapshots.ts';

/** The screen's memory, the devices, and what the images' own tables grow by. */
const besideMemory = 32 * 2 ** 20;
const lookEvery = 500;

interface Save {
  readonly live: LiveSnapshots;
  readonly pid: number;
  readonly id: string;
  readonly begin: () => Promise<void>;
  readonly call: CallContext;
}

/** Saves disks and memory. Space is looked at first; what a page never held takes none. */
export async function saveMemory(
  session: QemuSession,
  definition: MachineDefinition,
  hardware: CheckpointHardware,
  { live, pid, id, begin, call }: Save,
): Promise<void> {
  const folder = session.store.folderOf(definition.id);
  const expected = await requireMemorySpace(folder, hardware, pid);
  await begin();
  await (await openStored(session, definition)).createMemoryFile(id);
  call.progress({ fraction: 0.05, message: 'saving memory and disks; the guest stands still' });
  const stopLooking = watchGrowth(join(folder, memoryFileOf(id)), expected, call);
  try {
    await live.saveWithMemory(id);
  } finally {
    stopLooking();
  }
}

/** Throws `host_fault` when the folder has no room for the memory of a process. Returns about how much it takes. */
export async function requireMemorySpace(
  folder: string,
  { memoryBytes }: CheckpointHardware,
  pid: number,
): Promise<number> {
  const resident = (await readResidentBytes(pid)) ?? memoryBytes;
  const expected = Math.min(memoryBytes, resident) + besideMemory;
  await requireFreeSpace(folder, expected, 'vm').catch((error: unknown) => {
    const remedy = 'Free some space there, or leave the memory out (disksOnly).';
    throw error instanceof Fault ? error.with({ remedy }) : error;
  });
  return expected;
}

/** QEMU says nothing while it saves; the file does. */
function watchGrowth(file: string, expected: number, call: CallContext): () => void {
  const look = async () => {
    const { blocks } = await stat(file);
    const saved = blocks * 512;
    const message = `saving memory: ${(saved / 2 ** 20).toFixed(0)} MiB`;
    call.progress({ fraction: 0.05 + 0.9 * Math.min(1, saved / expected), message });
  };
  const timer = setInterval(() => void look().catch(() => {}), lookEvery);
  return () => clearInterval(timer);
}
