import { ApiError } from '../schema/api-error.ts';
import type { Account } from './access-store.ts';
import type { Permissions } from './permissions.ts';

const rules: readonly (readonly [RegExp, string])[] = [
  [/^(ide|sata|scsi|virtio|efidisk|tpmstate|unused|rootfs|mp)\d*$/, 'VM.Config.Disk'],
  [/^(cores|sockets|vcpus|cpu|cpulimit|cpuunits|numa|numa\d|affinity)$/, 'VM.Config.CPU'],
  [/^(memory|balloon|shares|swap)$/, 'VM.Config.Memory'],
  [/^(net\d+|nameserver|searchdomain|hostname)$/, 'VM.Config.Network'],
  [/^(ci\w+|ipconfig\d+|sshkeys)$/, 'VM.Config.Cloudinit'],
  [
    /^(machine|vga|scsihw|bios|kvm|acpi|tablet|arch|usb\d+|serial\d+|parallel\d+|hostpci\d+|audio0|watchdog|rng0|hotplug)$/,
    'VM.Config.HWType',
  ],
];

/** What may be changed of a guest needs its own privilege, option by option. */
export function requireConfigPrivilege(
  permissions: Permissions,
  account: Account,
  vmid: number,
  key: string,
  value: string,
): void {
  const isCdrom = /(^|,)media=cdrom/.test(value);
  const privilege = isCdrom
    ? 'VM.Config.CDROM'
    : (rules.find(([pattern]) => pattern.test(key))?.[1] ?? 'VM.Config.Options');
  if (permissions.has(account, `/vms/${vmid}`, privilege)) return;
  throw new ApiError(403, `Permission check failed (/vms/${vmid}, ${privilege})`);
}
