import { readGuid } from '../source/read-guid.ts';

const mostKeys = 64;
/** The only kind of locator there is: one that names a VHDX. */
const vhdxLocator = 'b04aefb7-d19e-4a81-b789-25b8e9445913';

/** How a differencing VHDX knows its parent. */
export interface ParentLocator {
  /** Data-write GUIDs that the parent may have; mostly one. */
  readonly linkages: readonly string[];
  /** Places of the parent as the file records them, in the order in which they are to be tried. */
  readonly places: readonly string[];
}

/** Reads a parent locator item; undefined when it is of another kind or holds no id. */
export function parseParentLocator(item: Buffer): ParentLocator | undefined {
  if (readGuid(item, 0) !== vhdxLocator) return undefined;
  const values = readValues(item);
  const linkages = ['parent_linkage', 'parent_linkage2'].flatMap(key => plainGuid(values.get(key)));
  if (linkages.length === 0) return undefined;
  const places = ['relative_path', 'volume_path', 'absolute_win32_path'].map(key => values.get(key) ?? '');
  return { linkages, places: places.filter(place => place !== '') };
}

function readValues(item: Buffer): Map<string, string> {
  const count = Math.min(item.readUInt16LE(18), mostKeys);
  const values = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const at = 20 + index * 12;
    if (at + 12 > item.length) break;
    const key = textAt(item, item.readUInt32LE(at), item.readUInt16LE(at + 8));
    values.set(key.toLowerCase(), textAt(item, item.readUInt32LE(at + 4), item.readUInt16LE(at + 10)));
  }
  return values;
}

/** `{83ED0EC3-…}` as ids are written here; nothing for what is no id, or a zero one, which stands for none. */
function plainGuid(text = ''): string[] {
  const plain = text.replace(/^\{|\}$/g, '').toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(plain) && /[1-9a-f]/.test(plain) ? [plain] : [];
}

function textAt(item: Buffer, offset: number, length: number): string {
  if (offset + length > item.length) return '';
  const text = item.toString('utf16le', offset, offset + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
