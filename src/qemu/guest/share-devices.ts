import type { SharedFolderSpec } from '../machine-spec.ts';
import { escapeComma } from './escape-comma.ts';

/**
 * Folders of the host that the guest mounts with `mount -t 9p -o trans=virtio,version=9p2000.L <name> <folder>`. Owners and
 * modes that the guest sets are kept beside the files, so that nothing of it becomes real on the host.
 */
export function describeShares(
  shares: readonly SharedFolderSpec[],
  device: (properties: Readonly<Record<string, unknown>>) => string[],
): string[] {
  return shares.flatMap(({ name, path, readOnly }, index) => [
    '-fsdev',
    `local,id=share${index},path=${escapeComma(path)},security_model=mapped-xattr,readonly=${readOnly ? 'on' : 'off'}`,
    ...device({ driver: 'virtio-9p-pci', fsdev: `share${index}`, mount_tag: name }),
  ]);
}
