import { compare } from './support/compare.ts';
import { milliseconds } from './support/milliseconds.ts';
import { defineTinyDomain, memoryBytes, writeTinyDisk } from './support/tiny-machine.ts';
import { withLibvirt } from './support/with-libvirt.ts';

const what = 'Start of a kept machine, from the call to its answer';

/** `vm.start` of a server that runs beside `virsh start`; the machines have the same devices. */
export async function measureMachineStart(): Promise<void> {
  await withLibvirt(what, async (server, libvirt) => {
    const image = writeTinyDisk(server.folder);
    const domain = await defineTinyDomain(libvirt, server.folder, image);
    await server.call('vm.create', { name: 'tiny', image, cpus: 1, memoryBytes, network: 'none' });
    await compare({
      what,
      unit: 'milliseconds',
      first: 'vm.start',
      second: 'virsh start',
      limit: 0.25,
      rounds: 8,
      measureFirst: async () => {
        const time = await milliseconds(() => server.call('vm.start', { vm: 'tiny' }));
        await server.call('vm.stop', { vm: 'tiny', force: true });
        return time;
      },
      measureSecond: async () => {
        const time = await milliseconds(() => libvirt.virsh('start', domain));
        await libvirt.virsh('destroy', domain);
        return time;
      },
    });
  });
}
