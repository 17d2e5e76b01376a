const mostKeys = 64;
const preferred = ['relative_path', 'absolute_win32_path', 'volume_path'];

/** The path of the parent in a parent locator item, relative first; empty when none is recorded or the item is damaged. */
export function parseParentLocator(item: Buffer): string[] {
  const count = Math.min(item.readUInt16LE(18), mostKeys);
  const values = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const at = 20 + index * 12;
    if (at + 12 > item.length) break;
    const key = textAt(item, item.readUInt32LE(at), item.readUInt16LE(at + 8));
    values.set(key, textAt(item, item.readUInt32LE(at + 4), item.readUInt16LE(at + 10)));
  }
  const path = preferred.map(key => values.get(key)).find(value => value !== undefined && value !== '');
  return path === undefined ? [] : [path];
}

function textAt(item: Buffer, offset: number, length: number): string {
  return offset + length <= item.length ? item.toString('utf16le', offset, offset + length) : '';
}
