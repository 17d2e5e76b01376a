/** `jmp $`: runs for ever and shows nothing. */
export const spinningSector = Buffer.from([0xeb, 0xfe]);

/** Real-mode code that prints `text` through the BIOS and then stops for good, as the usual boot sectors do. */
export function encodePrintingSector(text: string): Buffer {
  // biome-ignore format: one instruction a line
  const code = [
    0x31, 0xc0,             // xor ax, ax
    0x8e, 0xd8,             // mov ds, ax
    0xbe, 0x00, 0x7c,       // mov si, text   (patched below)
    0xac,                   // next: lodsb
    0x08, 0xc0,             // or al, al
    0x74, 0x09,             // jz stop
    0xb4, 0x0e,             // mov ah, 0eh
    0xbb, 0x07, 0x00,       // mov bx, 7
    0xcd, 0x10,             // int 10h
    0xeb, 0xf2,             // jmp next
    0xf4,                   // stop: hlt
    0xeb, 0xfd,             // jmp stop
  ];
  const sector = Buffer.concat([Buffer.from(code), Buffer.from(`${text}\0`, 'latin1')]);
  if (sector.length > 440) throw new Error('the text does not fit into a boot sector');
  sector.writeUInt16LE(0x7c00 + code.length, 5);
  return sector;
}
