import path from 'node:path';
import type { Hardware } from '../../model/hardware.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { formatNetworks } from './network-names.ts';
import type { QemuSession } from './session.ts';

export function presentHardware(session: QemuSession, definition: MachineDefinition): Hardware {
  const { firmware, machine, accelerator, disks, cdrom, networks, shares, outlives } = definition;
  const folder = session.store.folderOf(definition.id);
  return {
    firmware,
    machine,
    accelerator,
    disks: disks.map(({ file, bus, sizeBytes, backing }) => ({
      path: path.join(folder, file),
      bus,
      sizeBytes,
      ...(backing === undefined ? {} : { backing: backing.path }),
    })),
    ...(cdrom === null ? {} : { iso: cdrom }),
    network: formatNetworks(networks),
    forwards: networks.flatMap(network => ('forwards' in network ? network.forwards : [])),
    shares,
    lifetime: outlives ? 'host' : 'server',
  };
}
