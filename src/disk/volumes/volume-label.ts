import type { ByteReader } from '../source/byte-reader.ts';
import { readExfatLabel } from './exfat-label.ts';
import { openNtfs } from './ntfs/open-ntfs.ts';

type FixedLabel = readonly [at: number, length: number, encoding: 'utf8' | 'latin1' | 'utf16be'];

// Where the superblock itself has the label.
const places: Readonly<Record<string, FixedLabel>> = {
  xfs: [108, 12, 'utf8'],
  btrfs: [65536 + 299, 256, 'utf8'],
  swap: [1024 + 28, 16, 'utf8'],
  erofs: [1024 + 64, 16, 'utf8'],
  iso9660: [32768 + 40, 32, 'latin1'],
  jfs: [32768 + 152, 16, 'utf8'],
  reiserfs: [65536 + 100, 16, 'utf8'],
};

/** The label of a volume, where it is easy to find; undefined when there is none or what holds it is damaged. */
export async function volumeLabel(
  fileSystem: string,
  volume: ByteReader,
  head: Buffer,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (fileSystem === 'ntfs')
    return await orUndefined(async () => await (await openNtfs(volume, signal)).label(signal), signal);
  if (fileSystem === 'exfat') return await orUndefined(() => readExfatLabel(volume, signal), signal);
  if (fileSystem === 'luks') return luksLabel(head);
  const place = places[fileSystem];
  if (!place) return undefined;
  const [at, length, encoding] = place;
  if (at + length > head.length) return undefined;
  return trimLabel(head.toString(encoding === 'latin1' ? 'latin1' : 'utf8', at, at + length));
}

function trimLabel(text: string): string | undefined {
  const label = (text.split('\0', 1)[0] ?? '').trimEnd();
  return label === '' ? undefined : label;
}

function luksLabel(head: Buffer): string | undefined {
  return head.length >= 72 && head.readUInt16BE(6) === 2 ? trimLabel(head.toString('utf8', 24, 72)) : undefined;
}

async function orUndefined(read: () => Promise<string | undefined>, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}
