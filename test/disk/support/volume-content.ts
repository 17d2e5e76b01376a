import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** What is in fixtures/files.ntfs.br and files.exfat.br, as make-volumes.sh has written it. */
export function readVolume(kind: 'ntfs' | 'exfat'): Buffer {
  return brotliDecompressSync(readFileSync(new URL(`../fixtures/files.${kind}.br`, import.meta.url)));
}

/** Bytes that repeat themselves too seldom for NTFS to make them smaller. */
export function noise(length: number, seed: number): Buffer {
  const period = Buffer.alloc(4999);
  let state = seed;
  for (let index = 0; index < period.length; index++) {
    state = (state * 1103515 + 12345) & 0x7fffffff;
    period[index] = (state >> 16) & 255;
  }
  return Buffer.alloc(length, period);
}

export function blocks(count: number, value: (index: number) => number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.alloc(4096, value(index))));
}

const deep = Array.from({ length: 20 }, (_, level) => `level ${level}`).join('/');
const many = Array.from(
  { length: 200 },
  (_, index) => [`many/a long name for number ${index}.txt`, Buffer.from(`${index}\n`)] as const,
);

export const sharedFiles: ReadonlyMap<string, Buffer> = new Map([
  ['plain/hello.txt', Buffer.from('hello\n')],
  ['plain/empty', Buffer.alloc(0)],
  ['plain/noise', noise(100_000, 1)],
  ['plain/ünïcode 文件 😀.txt', Buffer.from('unicode\n')],
  [`${deep}/bottom`, Buffer.from('bottom\n')],
  ...many,
]);

export const exfatFiles: ReadonlyMap<string, Buffer> = new Map([
  ...sharedFiles,
  ['one', blocks(100, index => index % 251)],
  ['two', blocks(100, index => index % 7)],
]);

const log = Array.from({ length: 2500 }, (_, index) => `line ${index} of a log that repeats itself\n`).join('');
const mixed = [0, 1, 2, 3].map(index => (index % 2 === 1 ? noise(70_000, index) : Buffer.alloc(90_000, index)));

/** Without "sparse", which is too large for that, and "odd/line⏎break", which no host gets. */
export const ntfsFiles: ReadonlyMap<string, Buffer> = new Map([
  ...sharedFiles,
  ['plain/second name.txt', Buffer.from('hello\n')],
  ['packed/log', Buffer.from(log)],
  ['packed/mixed', Buffer.concat(mixed)],
  ['packed/small', Buffer.from('small\n')],
  ['packed/holes', Buffer.concat([Buffer.alloc(1e5, 'A'), Buffer.alloc(4_900_000), Buffer.alloc(1e5, 'B')])],
  ['Case/file', Buffer.from('upper\n')],
  ['case/file', Buffer.from('lower\n')],
  ['odd/a<b?', Buffer.from('odd\n')],
  ['odd/dot.', Buffer.from('odd\n')],
  ['odd/CON', Buffer.from('odd\n')],
  ['scattered', blocks(400, index => index % 251)],
]);
