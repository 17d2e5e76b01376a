import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../sample/run-tool.ts';
import { layOut, type MeasuredFont, measureSheet, printable } from './glyph-sheet.ts';
import { type Machine, startMachine } from './machine.ts';

const firmwareFolder = '/usr/share/OVMF';
const columns = 60;
// Wide characters would move the rest of their row.
const rows = layOut(printable.replace(/[\u00ad\u0100-\u24ff\u2600-\uffff]/g, ' '), columns);

async function startUefi(folder: string, disk: string): Promise<Machine> {
  const variables = join(folder, 'variables.fd');
  copyFileSync(join(firmwareFolder, 'OVMF_VARS_4M.fd'), variables);
  return startMachine(folder, [
    '-machine',
    'q35',
    '-drive',
    `if=pflash,format=raw,readonly=on,file=${join(firmwareFolder, 'OVMF_CODE_4M.fd')}`,
    '-drive',
    `if=pflash,format=raw,file=${variables}`,
    '-drive',
    `file=fat:rw:${disk},format=raw,if=ide`,
  ]);
}

/** EDK2's 8 × 19 console font, shown by the UEFI shell; OVMF centres its 100 × 31 console on 1280 × 800. */
export async function measureShell(folder: string): Promise<MeasuredFont> {
  const disk = join(folder, 'shell');
  mkdirSync(disk, { recursive: true });
  // The shell takes UCS-2 with a byte order mark, in scripts and in text files.
  const encode = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  writeFileSync(
    join(disk, 'startup.nsh'),
    encode('@echo -off\r\nfs0:\r\ncls\r\ntype sheet.txt\r\nstall 200000000\r\n'),
  );
  writeFileSync(join(disk, 'sheet.txt'), encode(rows.map(row => `${row}\r\n`).join('')));
  const machine = await startUefi(folder, disk);
  await machine.waitForStill(6000);
  const picture = await machine.waitForStill(3000);
  await machine.stop();
  const left = (picture.width - 100 * 8) / 2;
  const top = Math.floor((picture.height - 31 * 19) / 2);
  return measureSheet(picture, { name: 'edk2', rows, left, top, width: 8, height: 19 });
}

/** GNU Unifont as GRUB's graphical terminal shows it. */
export async function measureGrub(folder: string): Promise<MeasuredFont> {
  const disk = join(folder, 'grub');
  mkdirSync(join(disk, 'EFI', 'BOOT'), { recursive: true });
  // Accents reach into the row above, so every other row stays empty.
  const spaced = rows.flatMap(row => [row, ''].map(text => (text.trim() === '' ? ' ' : text)));
  const quoted = spaced.map(row => `echo '${row.replaceAll("'", `'"'"'`)}'`);
  const configuration = [
    'loadfont (memdisk)/boot/grub/fonts/unicode.pf2',
    'set gfxmode=1024x768',
    'insmod all_video',
    'insmod gfxterm',
    'terminal_output gfxterm',
    'clear',
    ...quoted,
    'sleep 1000',
  ];
  const file = join(folder, 'grub.cfg');
  writeFileSync(file, `${configuration.join('\n')}\n`);
  await runTool('grub-mkstandalone', [
    '-O',
    'x86_64-efi',
    '--fonts=unicode',
    '-o',
    join(disk, 'EFI', 'BOOT', 'BOOTX64.EFI'),
    `boot/grub/grub.cfg=${file}`,
    'boot/grub/fonts/unicode.pf2=/usr/share/grub/unicode.pf2',
  ]);
  const machine = await startUefi(folder, disk);
  await machine.waitForStill(6000);
  const picture = await machine.waitForStill(3000);
  await machine.stop();
  return measureSheet(picture, { name: 'grub', rows: spaced, left: 10, top: 10, width: 8, height: 16 });
}
