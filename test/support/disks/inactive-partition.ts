import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDisk } from '../../../scripts/sample/build-image.ts';
import { unpackPackage } from '../../../scripts/sample/debian-packages.ts';
import { alignment, encodeMbr } from '../../../scripts/sample/partition-tables.ts';

const size = 16 * 1024 * 1024;
/** Where an MBR says that its first partition is the active one. */
const activeMark = 446;

/** A raw disk with the usual master boot record of SYSLINUX and a partition that nobody marked as active. */
export async function inactivePartition(): Promise<string> {
  const root = await unpackPackage('syslinux-common');
  const code = readFileSync(join(root, 'usr/lib/syslinux/mbr/mbr.bin'));
  const data = { kind: 'linux' as const, name: 'data', start: alignment, size: size - alignment };
  const mbr = encodeMbr(code, [data]);
  mbr[activeMark] = 0;
  const storage = { format: 'raw' } as const;
  return buildDisk('inactive', { size }, storage, async () => ({ size, pieces: [{ offset: 0, content: mbr }] }));
}
