import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codePage437, layOut, type MeasuredFont, measureSheet } from './glyph-sheet.ts';
import { startMachine } from './machine.ts';

/** A boot sector that sets `mode` and writes the 256 characters, 32 to a row, through the video BIOS. */
function bootSector(mode: number): Buffer {
  // xor ax,ax; mov ds,ax; mov ss,ax; mov sp,7c00; mov ax,mode; int 10
  const start = [0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xb8, mode, 0x00, 0xcd, 0x10];
  const body = [
    0x31,
    0xf6, // xor si,si
    // next: position = (si / 32, si % 32)
    0x89,
    0xf0,
    0xc1,
    0xe8,
    0x05,
    0x88,
    0xc6, // mov ax,si; shr ax,5; mov dh,al
    0x89,
    0xf0,
    0x24,
    0x1f,
    0x88,
    0xc2, // mov ax,si; and al,1f; mov dl,al
    0x30,
    0xff,
    0xb4,
    0x02,
    0xcd,
    0x10, // xor bh,bh; mov ah,2; int 10
    0x89,
    0xf0,
    0xb4,
    0x09,
    0xbb,
    0x07,
    0x00,
    0xb9,
    0x01,
    0x00,
    0xcd,
    0x10, // mov ax,si; mov ah,9; mov bx,7; mov cx,1; int 10
    0x46,
    0x81,
    0xfe,
    0x00,
    0x01,
    0x72,
    0xda, // inc si; cmp si,100; jb next
    0xb4,
    0x02,
    0xba,
    0x00,
    0x18,
    0xcd,
    0x10, // mov ah,2; mov dx,1800; int 10: cursor to the last row
    0xba,
    0xf8,
    0x03,
    0xb0,
    0x21,
    0xee, // mov dx,3f8; mov al,'!'; out dx,al
    0xf4,
    0xeb,
    0xfd, // hlt; jmp
  ];
  const sector = Buffer.alloc(512);
  Buffer.from([...start, ...body]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** The font of the video BIOS: in text mode (nine dots wide) and in graphics modes of two heights. */
export async function measureRom(folder: string): Promise<MeasuredFont[]> {
  const fonts: MeasuredFont[] = [];
  const modes = [
    { name: 'rom-text', mode: 0x03, width: 9, height: 16 },
    { name: 'rom', mode: 0x12, width: 8, height: 16 },
    { name: 'rom-14', mode: 0x10, width: 8, height: 14 },
  ];
  for (const { name, mode, width, height } of modes) {
    const disk = join(folder, `${name}.img`);
    writeFileSync(disk, bootSector(mode));
    const machine = await startMachine(folder, ['-drive', `file=${disk},format=raw,if=ide`, '-machine', 'pc']);
    await machine.waitForSerial('!');
    const picture = await machine.capture();
    await machine.stop();
    fonts.push(measureSheet(picture, { name, rows: layOut(codePage437, 32), left: 0, top: 0, width, height }));
  }
  return fonts;
}
