import { open } from 'node:fs/promises';

/** The other files that a qcow2 names in its header, as written there. */
export interface Qcow2References {
  readonly backing?: { readonly name: string; readonly format: string | undefined } | undefined;
  readonly dataFile?: string | undefined;
}

const magic = 0x514649fb;
const backingFormatType = 0xe2792aca;
const dataFileType = 0x44415441;
const longestName = 1023;
const largestCluster = 2n * 1024n * 1024n;

/** Reads them without QEMU, which would open them by itself, whatever they are. Nothing for a file that is no qcow2. */
export async function readQcow2References(path: string): Promise<Qcow2References> {
  const file = await open(path, 'r');
  try {
    // The extensions end with the first cluster at the latest: nothing that QEMU would read is left unread.
    const header = Buffer.alloc(Number(largestCluster));
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    if (bytesRead < 72 || header.readUInt32BE(0) !== magic) return {};
    const offset = header.readBigUInt64BE(8);
    const length = header.readUInt32BE(16);
    const extensions = readExtensions(header.subarray(0, bytesRead));
    const dataFile = hasDataFile(header) ? extensions.get(dataFileType) : undefined;
    // Values that cannot be are left to QEMU, which refuses them with a better reason.
    if (offset === 0n || offset > largestCluster || length === 0 || length > longestName) return { dataFile };
    const name = Buffer.alloc(length);
    const read = await file.read(name, 0, length, Number(offset));
    const text = name.toString('utf8', 0, read.bytesRead);
    return { backing: { name: text, format: extensions.get(backingFormatType) }, dataFile };
  } finally {
    await file.close();
  }
}

/** Bit 2 of the incompatible features, which are there from version 3 on. */
function hasDataFile(header: Buffer): boolean {
  return header.readUInt32BE(4) >= 3 && (header.readBigUInt64BE(72) & 4n) !== 0n;
}

function readExtensions(header: Buffer): Map<number, string> {
  const extensions = new Map<number, string>();
  const isNew = header.readUInt32BE(4) >= 3 && header.length >= 104;
  let at = isNew ? header.readUInt32BE(100) : 72;
  while (at + 8 <= header.length) {
    const type = header.readUInt32BE(at);
    const length = header.readUInt32BE(at + 4);
    if (type === 0 || at + 8 + length > header.length) break;
    extensions.set(type, header.toString('utf8', at + 8, at + 8 + length));
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return extensions;
}
