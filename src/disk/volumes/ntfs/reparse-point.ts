import type { ItemKind } from '../file-system.ts';

/** What stands in the place of a plain file or folder. */
export interface ReparsePoint {
  readonly kind?: ItemKind | undefined;
  readonly target?: string | undefined;
  readonly obstacle?: string | undefined;
}

// https://learn.microsoft.com/openspecs/windows_protocols/ms-fscc/c8e77b37-3909-4fe6-a4ea-2b9d423b1ee4
const tags = { mountPoint: 0xa0000003, symbolicLink: 0xa000000c, unixLink: 0xa000001d, wof: 0x80000017 };
const deduplicated = 0x80000013;
/** The bit of all tags that stand for another name. */
const surrogate = 0x20000000;
/** Placeholders of files that a cloud service keeps; the fourth digit counts its variants. */
const isCloud = (tag: number) => (tag & 0xffff0fff) >>> 0 === 0x9000001a;

/** Reads a reparse point: links and junctions with their target, and content that is not where it should be. */
export function parseReparsePoint(value: Buffer, isFolder: boolean): ReparsePoint {
  if (value.length < 8) return {};
  const tag = value.readUInt32LE(0);
  if (tag === tags.mountPoint) return { kind: 'link', target: windowsTarget(value, 16) };
  if (tag === tags.symbolicLink) return { kind: 'link', target: windowsTarget(value, 20) };
  if (tag === tags.unixLink) return { kind: 'link', target: value.toString('utf8', 12, 8 + value.readUInt16LE(4)) };
  if ((tag & surrogate) !== 0) return { kind: 'link' };
  if (isFolder) return {};
  if (tag === tags.wof)
    return { obstacle: 'The file is compressed by Windows (CompactOS), which can not be read here.' };
  if (tag === deduplicated) return { obstacle: 'The file is deduplicated: its content lies in a store of Windows.' };
  if (isCloud(tag)) return { obstacle: 'The file is a placeholder: a cloud service has its content.' };
  return { kind: 'other', obstacle: `The file is a reparse point of kind 0x${tag.toString(16)}.` };
}

/** The name for people where there is one, else the one for the system, e.g. "\??\C:\Users". */
function windowsTarget(value: Buffer, paths: number): string | undefined {
  if (value.length < paths) return undefined;
  const read = (at: number) => {
    const start = paths + value.readUInt16LE(at);
    return value.toString('utf16le', start, start + value.readUInt16LE(at + 2));
  };
  return read(12) || read(8) || undefined;
}
