import {
  type ExportedFile,
  type ExportManifest,
  manifestFormat,
  manifestVersion,
} from '../../../qemu/machines/export-manifest.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';

/** The manifest of an export; `files` are its disks in order, then the UEFI variables where there are some. */
export function describeExport(definition: MachineDefinition, files: readonly ExportedFile[]): ExportManifest {
  const { name, firmware, machine, cpus, memoryBytes, networks, shares } = definition;
  const variables = files[definition.disks.length];
  return {
    format: manifestFormat,
    version: manifestVersion,
    exportedAt: new Date().toISOString(),
    name,
    firmware,
    machine,
    cpus,
    memoryBytes,
    disks: definition.disks.flatMap(({ bus, sectorSize }, index) => {
      const file = files[index];
      if (file === undefined) return [];
      return [{ ...file, bus, ...(sectorSize === 4096 ? { sectorSize } : {}) }];
    }),
    ...(variables === undefined ? {} : { variables }),
    networks: networks.map(({ kind, mac }) => ({ kind, mac })),
    forwards: networks.flatMap(network =>
      'forwards' in network
        ? network.forwards.map(({ protocol, hostPort, guestPort }) => ({ protocol, hostPort, guestPort }))
        : [],
    ),
    shares: shares.map(share => share.name),
  };
}

/** What an export does not hold, in sentences. */
export function listLeftBehind({ checkpoints, cdrom, shares, networks }: MachineDefinition): string[] {
  const hostDevices = networks.flatMap(network => ('interface' in network ? [network.interface] : []));
  return [
    ...(checkpoints.length > 0
      ? [`Its ${checkpoints.length} checkpoints are not part of the export, which holds the present state.`]
      : []),
    ...(cdrom === null ? [] : [`The disc in its drive, ${cdrom}, is not part of the export.`]),
    ...(shares.length > 0 ? ['Of its shared folders only the names are part of the export.'] : []),
    ...hostDevices.map(name => `The host's network device ${name} is not part of the export.`),
  ];
}
