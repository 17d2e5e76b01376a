import { compare } from './support/compare.ts';
import { milliseconds } from './support/milliseconds.ts';
import { defineTinyDomain, memoryBytes, writeTinyDisk } from './support/tiny-machine.ts';
import { withLibvirt } from './support/with-libvirt.ts';

const machines = 50;
const what = `List of ${machines} machines, from the call to its answer`;

/** `vm.list` of a server that runs beside `virsh list --all`, the same number of machines on either side. */
export async function measureMachineList(): Promise<void> {
  await withLibvirt(what, async (server, libvirt) => {
    const image = writeTinyDisk(server.folder);
    for (let number = 1; number <= machines; number++) {
      const name = `tiny-${number}`;
      await server.call('vm.create', { name, image, cpus: 1, memoryBytes, network: 'none' });
      await defineTinyDomain(libvirt, server.folder, image, name);
    }
    await compare({
      what,
      unit: 'milliseconds',
      first: 'vm.list',
      second: 'virsh list --all',
      limit: 0.5,
      rounds: 30,
      measureFirst: () =>
        milliseconds(async () => {
          const { total } = await server.call('vm.list');
          if (total !== machines) throw new Error(`vm.list knows ${total} machines.`);
        }),
      measureSecond: () => milliseconds(() => libvirt.virsh('list', '--all')),
    });
  });
}
