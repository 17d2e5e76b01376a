// The structures of a VHD by Microsoft's specification 1.0 of 2006, written down for tests: nothing here comes from the reader.

export const diskType = { fixed: 2, dynamic: 3, differencing: 4 } as const;

const none = 2n ** 64n - 1n;

/** Puts the ones' complement of the sum of all bytes into a field of the structure. */
export function sealVhd<Bytes extends Buffer>(structure: Bytes, field: number): Bytes {
  structure.writeUInt32BE(0, field);
  let sum = 0;
  for (const byte of structure) sum += byte;
  structure.writeUInt32BE(~sum >>> 0, field);
  return structure;
}

export const footerSumField = 64;
export const headerSumField = 36;

export interface FooterFields {
  readonly type: number;
  readonly virtualSize: number;
  /** Hexadecimal, with or without dashes. */
  readonly id: string;
  readonly creator?: string;
  readonly headerOffset?: number;
  readonly geometry?: readonly [cylinders: number, heads: number, sectors: number];
}

export function encodeFooter(fields: FooterFields): Buffer {
  const { type, virtualSize, id, creator = 'win ', headerOffset = 512, geometry = [65535, 16, 255] } = fields;
  const footer = Buffer.alloc(512);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x10000, 12);
  footer.writeBigUInt64BE(type === diskType.fixed ? none : BigInt(headerOffset), 16);
  footer.write(creator, 28, 'latin1');
  footer.writeUInt32BE(0x60001, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(virtualSize), 40);
  footer.writeBigUInt64BE(BigInt(virtualSize), 48);
  footer.writeUInt16BE(geometry[0], 56);
  footer.writeUInt8(geometry[1], 58);
  footer.writeUInt8(geometry[2], 59);
  footer.writeUInt32BE(type, 60);
  footer.write(id.replaceAll('-', ''), 68, 'hex');
  return sealVhd(footer, footerSumField);
}

/** A place that a differencing disk records of its parent. */
export interface Locator {
  /** `W2ru`: relative, `W2ku`: absolute, both in UTF-16; `MacX`: a URL. */
  readonly platform: string;
  readonly text: string;
}

export interface DynamicHeaderFields {
  readonly tableOffset: number;
  readonly entries: number;
  readonly blockSize: number;
  readonly parentId?: string | undefined;
  /** The parent's name. */
  readonly parentName?: string | undefined;
  readonly locators?: readonly (Locator & { readonly offset: number })[] | undefined;
}

export function encodeDynamicHeader(fields: DynamicHeaderFields): Buffer {
  const header = Buffer.alloc(1024);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(none, 8);
  header.writeBigUInt64BE(BigInt(fields.tableOffset), 16);
  header.writeUInt32BE(0x10000, 24);
  header.writeUInt32BE(fields.entries, 28);
  header.writeUInt32BE(fields.blockSize, 32);
  if (fields.parentId !== undefined) header.write(fields.parentId.replaceAll('-', ''), 40, 'hex');
  const name = Buffer.from(fields.parentName ?? '', 'utf16le').swap16();
  name.copy(header, 64, 0, 512);
  for (const [index, locator] of (fields.locators ?? []).entries()) {
    const at = 576 + index * 24;
    header.write(locator.platform, at, 'latin1');
    header.writeUInt32BE(512, at + 4);
    header.writeUInt32BE(encodeLocator(locator).length, at + 8);
    header.writeBigUInt64BE(BigInt(locator.offset), at + 16);
  }
  return sealVhd(header, headerSumField);
}

export function encodeLocator({ platform, text }: Locator): Buffer {
  return Buffer.from(text, platform === 'MacX' ? 'utf8' : 'utf16le');
}
