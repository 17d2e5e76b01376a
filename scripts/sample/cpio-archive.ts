export interface ArchiveEntry {
  path: string;
  /** File type and permissions, as in stat: 0o100755, 0o040755, 0o120777, 0o020600. */
  mode: number;
  content?: Buffer;
  /** Major and minor number of a device node. */
  device?: [number, number];
}

function pad(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function encodeEntry(entry: ArchiveEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`);
  const content = entry.content ?? Buffer.alloc(0);
  const [major, minor] = entry.device ?? [0, 0];
  const fields = [inode, entry.mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([header, name, pad(header.length + name.length), content, pad(content.length)]);
}

/** A cpio archive in the "newc" form, which the kernel takes as an initial root file system. */
export function encodeArchive(entries: ArchiveEntry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.map((entry, index) => encodeEntry(entry, index + 1)));
}
