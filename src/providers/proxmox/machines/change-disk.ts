import { Fault } from '../../../errors/fault.ts';
import type { MachineDisk } from '../../../model/machine-parts.ts';
import { textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { changeSlot } from './change-slot.ts';
import { disksOf } from './machine-parts.ts';
import { type MachineNow, readConfiguration, readMachine } from './read-machine.ts';
import { refuseLocked } from './refusals.ts';
import { at, type Step } from './step.ts';

export const resizeDisk = changeSlot<'vm.disk.resize'>(async (session, input, { signal }) => {
  const { now, disk, digest } = await findDisk(session, input.vm, input.disk, signal);
  if (disk.sizeBytes === input.sizeBytes) return { steps: [], finish: async () => ({ disk }) };
  if (disk.sizeBytes !== undefined && input.sizeBytes < disk.sizeBytes) {
    throw new Fault('invalid', `The disk "${disk.key}" has ${disk.sizeBytes} bytes, and can not be made smaller.`, {
      remedy: 'Choose a larger size.',
      data: { field: 'sizeBytes', present: disk.sizeBytes },
    });
  }
  const step: Step = {
    summary: `Make the disk "${disk.key}" of "${now.machine.name}" ${input.sizeBytes} bytes large.`,
    what: `Enlarging a disk of "${now.machine.name}"`,
    request: {
      method: 'PUT',
      path: '/nodes/{node}/{type}/{vmid}/resize',
      params: { ...at(now.guest), disk: disk.key, size: String(input.sizeBytes), digest },
    },
  };
  return { steps: [step], finish: async call => ({ disk: await readDisk(session, now, disk.key, call.signal) }) };
});

/** The old volume stays as an unused disk unless it is to be deleted. */
export const moveDisk = changeSlot<'vm.disk.move'>(async (session, input, { signal }) => {
  const { now, disk, digest } = await findDisk(session, input.vm, input.disk, signal);
  const { guest, machine } = now;
  if (disk.storage === input.storage && input.format === undefined)
    return { steps: [], finish: async () => ({ disk }) };
  const words = {
    summary: `Move the disk "${disk.key}" of "${machine.name}" to ${input.storage}${input.deleteSource ? ', and delete it where it was' : ''}.`,
    what: `Moving a disk of "${machine.name}"`,
  };
  const { node, vmid } = guest;
  const how = { storage: input.storage, delete: input.deleteSource ? true : undefined, digest };
  const finish = async (call: { signal: AbortSignal }) => ({
    disk: await readDisk(session, now, disk.key, call.signal),
  });
  if (guest.type === 'qemu') {
    const params = { node, vmid, disk: disk.key, format: input.format, ...how };
    return {
      steps: [{ ...words, request: { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/move_disk', params } }],
      finish,
    };
  }
  if (input.format !== undefined) {
    throw new Fault('unsupported', 'The format of a disk of a container follows from its storage.', {
      remedy: 'Leave format out.',
      data: { field: 'format' },
    });
  }
  const params = { node, vmid, volume: disk.key, ...how };
  return {
    steps: [{ ...words, request: { method: 'POST', path: '/nodes/{node}/lxc/{vmid}/move_volume', params } }],
    finish,
  };
});

async function findDisk(session: ProxmoxSession, vm: string, key: string, signal: AbortSignal) {
  const now = await readMachine(session, vm, signal);
  refuseLocked(now);
  const configuration = await readConfiguration(session, now.guest, signal);
  const disks = disksOf(configuration);
  const disk = disks.find(each => each.key === key && each.media === 'disk');
  if (disk !== undefined) return { now, disk, digest: textOf(configuration.digest) };
  const candidates = disks.filter(({ media }) => media === 'disk').map(each => each.key);
  throw new Fault('not_found', `The machine "${now.machine.name}" has no disk "${key}".`, {
    remedy: candidates.length === 0 ? 'See vm.get.' : `Use one of: ${candidates.join(', ')}.`,
    data: { field: 'disk', candidates },
  });
}

async function readDisk(
  session: ProxmoxSession,
  now: MachineNow,
  key: string,
  signal: AbortSignal,
): Promise<MachineDisk> {
  const found = disksOf(await readConfiguration(session, now.guest, signal)).find(each => each.key === key);
  if (found !== undefined) return found;
  throw new Fault('failed', `The disk "${key}" of "${now.machine.name}" is no longer there.`, {
    data: { field: 'disk' },
  });
}
