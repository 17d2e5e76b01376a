import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import type { VolumeKind } from './identify-volume.ts';

const magic = 0xa92b4efc;

/** A member of a Linux software RAID: metadata 1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end. */
export async function identifyMdRaid(
  volume: ByteReader,
  head: Buffer,
  signal?: AbortSignal,
): Promise<VolumeKind | undefined> {
  for (const at of [0, 4096]) {
    // The version behind the mark keeps other data from passing for it.
    if (at + 64 <= head.length && head.readUInt32LE(at) === magic && head.readUInt32LE(at + 4) === 1) {
      const label = head.toString('utf8', at + 32, at + 64).split('\0', 1)[0] ?? '';
      return { fileSystem: 'mdraid', ...(label === '' ? {} : { label }) };
    }
  }
  const sectors = Math.floor(volume.size / 512);
  const version10 = (sectors - 16 - (sectors % 8)) * 512;
  const version090 = Math.floor(volume.size / 65536) * 65536 - 65536;
  for (const [at, version] of [
    [version10, 1],
    [version090, 0],
  ] as const) {
    if (!isInside(at, 8, volume.size)) continue;
    const bytes = await volume.read(at, 8, signal);
    if (bytes.readUInt32LE(0) === magic && bytes.readUInt32LE(4) === version) return { fileSystem: 'mdraid' };
  }
  return undefined;
}
