import type { ExtInode } from './read-inode.ts';

/** Inline content begins among the block pointers and goes on in the attribute "data", as its value in the inode. */
export function inlineContent(inode: ExtInode): Buffer {
  const { bytes, blocks } = inode;
  const start = 128 + (bytes.length > 130 ? bytes.readUInt16LE(128) : 0);
  if (start + 4 > bytes.length || bytes.readUInt32LE(start) !== 0xea020000) return blocks;
  const first = start + 4;
  for (let at = first; at + 16 <= bytes.length && bytes.readUInt32LE(at) !== 0; ) {
    const nameLength = bytes.readUInt8(at);
    const name = bytes.toString('latin1', at + 16, at + 16 + nameLength);
    const value = first + bytes.readUInt16LE(at + 2);
    const size = bytes.readUInt32LE(at + 8);
    if (bytes.readUInt8(at + 1) === 7 && name === 'data' && value + size <= bytes.length) {
      return Buffer.concat([blocks, bytes.subarray(value, value + size)]);
    }
    at += 16 + Math.ceil(nameLength / 4) * 4;
  }
  return blocks;
}
