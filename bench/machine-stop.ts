import { compare } from './support/compare.ts';
import { milliseconds } from './support/milliseconds.ts';
import { defineTinyDomain, memoryBytes, writeTinyDisk } from './support/tiny-machine.ts';
import { withLibvirt } from './support/with-libvirt.ts';

const what = 'Hard stop of a machine, from the call to its answer';

/** `vm.stop` with force beside `virsh destroy`. */
export async function measureMachineStop(): Promise<void> {
  await withLibvirt(what, async (server, libvirt) => {
    const image = writeTinyDisk(server.folder);
    const domain = await defineTinyDomain(libvirt, server.folder, image);
    await server.call('vm.create', { name: 'tiny', image, cpus: 1, memoryBytes, network: 'none' });
    await compare({
      what,
      unit: 'milliseconds',
      first: 'vm.stop',
      second: 'virsh destroy',
      limit: 0.05,
      rounds: 8,
      measureFirst: async () => {
        await server.call('vm.start', { vm: 'tiny' });
        return milliseconds(() => server.call('vm.stop', { vm: 'tiny', force: true }));
      },
      measureSecond: async () => {
        await libvirt.virsh('start', domain);
        return milliseconds(() => libvirt.virsh('destroy', domain));
      },
    });
  });
}
