import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encodeArchive } from '../sample/cpio-archive.ts';
import { unpackPackage } from '../sample/debian-packages.ts';
import { findKernelImage } from '../sample/kernel-files.ts';
import { runTool } from '../sample/run-tool.ts';
import { codePage437, layOut, type MeasuredFont, measureSheet, printable } from './glyph-sheet.ts';
import { type Machine, startMachine } from './machine.ts';

/** Fonts that Debian and Ubuntu load at boot; the others are what their configuration offers. */
const loadable = [
  'Uni2-Fixed16',
  'Uni2-VGA16',
  'Uni2-Terminus16',
  'Uni2-TerminusBold16',
  'Uni2-Terminus32x16',
  'Uni2-TerminusBold32x16',
  'Uni2-VGA32x16',
  'Uni2-Terminus24x12',
  'Uni2-TerminusBold24x12',
  'Uni2-Terminus28x14',
  'Uni2-Terminus20x10',
];

const init = `#!/bin/busybox sh
B=/bin/busybox
$B mkdir -p /dev /proc; $B mount -t devtmpfs dev /dev; $B mount -t proc proc /proc
$B stty -F /dev/ttyS0 raw -echo
show() { $B printf '\\033c\\033%%G\\033[?25l' >/dev/tty1; $B cat $1 >/dev/tty1; $B sleep 0.5; echo "READY $2" >/dev/ttyS0; read answer </dev/ttyS0; }
show /direct kernel
for font in /fonts/*; do /bin/setfont -C /dev/tty1 $font >/dev/ttyS0 2>&1 || echo "FAILED $font" >/dev/ttyS0; show /sheet $($B basename $font); done
echo DONE >/dev/ttyS0
$B sleep 1000
`;

const columns = 60;
const sheetRows = layOut(printable.replace('\u00ad', ' '), columns);
const directRows = layOut(codePage437, 32);

/** U+F000 and up reach the slots of the loaded font directly, whatever they mean. */
function directRow(row: number): string {
  return Array.from({ length: 32 }, (_, column) => String.fromCodePoint(0xf000 + row * 32 + column)).join('');
}

function place(rows: string[]): Buffer {
  return Buffer.from(rows.map((row, index) => `\x1b[${index + 1};1H${row}`).join(''));
}

/** Width and height of a PSF font, from its header. */
function fontSize(file: Buffer): { width: number; height: number } {
  if (file.readUInt32LE(0) === 0x864ab572) return { width: file.readUInt32LE(28), height: file.readUInt32LE(24) };
  return { width: 8, height: file[3] ?? 16 };
}

async function measureKernel(machine: Machine, name: string, width: number, height: number): Promise<MeasuredFont> {
  await machine.waitForSerial('READY kernel');
  return measureSheet(await machine.waitForStill(200), { name, rows: directRows, left: 0, top: 0, width, height });
}

/** The kernel's own two fonts and those that the console set-up loads, on a VESA frame buffer. */
export async function measureLinux(folder: string): Promise<MeasuredFont[]> {
  // The small cloud kernel lacks the VESA frame buffer.
  const depends = (await runTool('apt-cache', ['depends', '--important', 'linux-image-amd64'])).toString();
  const kernel = await unpackPackage(/Depends: (linux-image-\d\S*)/.exec(depends)?.[1] ?? 'linux-image-amd64');
  const busybox = readFileSync(join(await unpackPackage('busybox-static'), 'bin', 'busybox'));
  const setfont = readFileSync(join(await unpackPackage('kbd'), 'bin', 'setfont'));
  const libraries = join(await unpackPackage('libc6'), 'lib', 'x86_64-linux-gnu');
  const fontFolder = join(await unpackPackage('console-setup-linux'), 'usr', 'share', 'consolefonts');
  const known = new Set(readdirSync(fontFolder));
  const fonts = loadable
    .filter(name => known.has(`${name}.psf.gz`))
    .map(name => ({ name, content: gunzipSync(readFileSync(join(fontFolder, `${name}.psf.gz`))) }));
  const archive = encodeArchive([
    ...['bin', 'dev', 'proc', 'fonts', 'lib', 'lib/x86_64-linux-gnu', 'lib64'].map(path => ({ path, mode: 0o040755 })),
    { path: 'dev/console', mode: 0o020600, device: [5, 1] as [number, number] },
    { path: 'bin/busybox', mode: 0o100755, content: busybox },
    { path: 'bin/setfont', mode: 0o100755, content: setfont },
    { path: 'lib/x86_64-linux-gnu/libc.so.6', mode: 0o100755, content: readFileSync(join(libraries, 'libc.so.6')) },
    {
      path: 'lib64/ld-linux-x86-64.so.2',
      mode: 0o100755,
      content: readFileSync(join(libraries, 'ld-linux-x86-64.so.2')),
    },
    { path: 'init', mode: 0o100755, content: Buffer.from(init) },
    { path: 'sheet', mode: 0o100644, content: place(sheetRows) },
    { path: 'direct', mode: 0o100644, content: place(directRows.map((_, row) => directRow(row))) },
    ...fonts.map(({ name, content }) => ({ path: `fonts/${name}`, mode: 0o100644, content })),
  ]);
  mkdirSync(folder, { recursive: true });
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, archive);
  const start = (extra: string): Promise<Machine> => {
    const append = `console=tty1 quiet loglevel=0 vga=0x317 consoleblank=0 panic=-1 ${extra}`;
    return startMachine(folder, [
      '-kernel',
      findKernelImage(kernel),
      '-initrd',
      initrd,
      '-append',
      append,
      '-machine',
      'pc',
    ]);
  };
  const large = await start('fbcon=font:TER16x32');
  const measured = [await measureKernel(large, 'linux-large', 16, 32)];
  await large.stop();
  const machine = await start('');
  measured.push(await measureKernel(machine, 'linux', 8, 16));
  for (const { name, content } of fonts.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    machine.writeSerial('\n');
    const said = await machine.waitForSerial(`READY ${name}`);
    if (said.includes('FAILED')) throw new Error(said);
    const picture = await machine.waitForStill(200);
    measured.push(measureSheet(picture, { name, rows: sheetRows, left: 0, top: 0, ...fontSize(content) }));
  }
  await machine.stop();
  return measured;
}
