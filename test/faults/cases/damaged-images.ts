import { statSync } from 'node:fs';
import type { Format } from '../../providers/qemu/support/image-tools.ts';
import type { FaultCase } from '../support/fault-case.ts';
import { convertDisk, cutFile, patchFile } from '../support/make-images.ts';

interface Damage {
  readonly format: Exclude<Format, 'raw'>;
  /** Where the header goes on behind the mark of the format. */
  readonly header: number;
  readonly headerBytes: number;
  /** For a table that could be the one of a longer file. */
  readonly code?: 'unsupported' | undefined;
  /** Where the place of a block is written, and what is there instead: one far behind the end of the file. */
  readonly table: (file: string) => readonly [offset: number, bytes: Buffer];
}

const far = Buffer.from('00007fffffff0000', 'hex');

const damages: readonly Damage[] = [
  { format: 'qcow2', header: 8, headerBytes: 64, table: () => [40, Buffer.from('0000007fffff0000', 'hex')] },
  // Both headers and both region tables.
  {
    format: 'vhdx',
    header: 64 * 1024,
    headerBytes: 256 * 1024,
    table: () => [192 * 1024 + 16, Buffer.alloc(128 * 1024, 0xff)],
  },
  {
    format: 'vdi',
    code: 'unsupported',
    header: 68,
    headerBytes: 400,
    table: () => [512, Buffer.from('ffffff7f', 'hex')],
  },
  { format: 'vmdk', header: 4, headerBytes: 60, table: () => [56, far] },
  { format: 'vhd', header: 512, headerBytes: 1024, table: () => [512 + 16, far] },
];

const remedy = /[Ff]etch (it|the file) again|restore it from another copy/;
const boot = (image: string) => ({ id: 'image.boot', input: { image, memoryBytes: 64 * 2 ** 20, firmware: 'bios' } });

/** Each format, damaged in each of three ways. */
export const damagedImages: readonly FaultCase[] = damages.flatMap<FaultCase>(
  ({ format, header, headerBytes, table, code }) => [
    {
      name: `A ${format} with a damaged header`,
      done: 'The structure and its place are named; fetch it again',
      arrange: bench => boot(patchFile(convertDisk(bench, format), header, Buffer.alloc(headerBytes, 0xa5))),
      seconds: 10,
      expect: { code: 'invalid', remedy },
    },
    {
      name: `A ${format} that was cut short`,
      done: 'Fetch it again',
      arrange: bench => boot(cutFile(convertDisk(bench, format), format === 'qcow2' ? 0.75 : 0.5)),
      seconds: 10,
      expect: { code: 'unsupported', message: /cut short/, remedy },
    },
    {
      name: `A ${format} whose table leads behind its end`,
      done: 'The structure and its place are named; fetch it again',
      arrange: bench => {
        const file = convertDisk(bench, format);
        const [offset, bytes] = table(file);
        if (offset > statSync(file).size) throw new Error('the table is not in the file');
        return boot(patchFile(file, offset, bytes));
      },
      seconds: 10,
      expect: { code: code ?? 'invalid', remedy },
    },
  ],
);
