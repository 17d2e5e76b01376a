import { findTool } from '../../scripts/sample/run-tool.ts';

const needed = ['qemu-system-x86_64', 'qemu-img', 'mkfs.ext4', 'mcopy', 'grub-mkimage', 'dpkg-deb'];

/** What is missing to build and boot disks here, in words for a skipped test; undefined when nothing is. */
export function missingImageTools(): string | undefined {
  const missing = needed.filter(name => findTool(name) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}
