/** Sectors of one key slot: 4000 stripes of a 64-byte key, rounded up to 4 KiB. */
const slotSectors = 504;
const slots = 8;

/**
 * The header of a LUKS volume, version 1, with one key slot in use: whatever opens it asks for a passphrase, and none will
 * ever be right.
 */
export function encodeLuksHeader(uuid: string): Buffer {
  const header = Buffer.alloc(1024 * 1024, 0x5a);
  header.fill(0, 0, 592);
  header.write('LUKS\xba\xbe', 0, 'latin1');
  header.writeUInt16BE(1, 6);
  header.write('aes', 8);
  header.write('xts-plain64', 40);
  header.write('sha256', 72);
  header.writeUInt32BE(8 + slots * slotSectors, 104);
  header.writeUInt32BE(64, 108);
  header.fill(0xa5, 112, 164);
  header.writeUInt32BE(1000, 164);
  header.write(uuid, 168);
  for (let slot = 0; slot < slots; slot++) {
    const at = 208 + slot * 48;
    header.writeUInt32BE(slot === 0 ? 0x00ac71f3 : 0x0000dead, at);
    header.writeUInt32BE(slot === 0 ? 1000 : 0, at + 4);
    if (slot === 0) header.fill(0x3c, at + 8, at + 40);
    header.writeUInt32BE(8 + slot * slotSectors, at + 40);
    header.writeUInt32BE(4000, at + 44);
  }
  return header;
}
