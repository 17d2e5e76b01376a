import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { makeVhdx } from '../../disk/support/make-vhdx.ts';
import { qemuImg } from '../../providers/qemu/support/image-tools.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';
import { convertDisk, interruptedWrite } from '../support/make-images.ts';

const boot = (image: string, more = {}) => ({
  id: 'image.boot',
  input: { image, memoryBytes: 64 * 2 ** 20, cpus: 1, firmware: 'bios', ...more },
});
const virtualSize = 2 ** 20;
const baseId = '11111111-2222-3333-4444-555555555555';
const childId = '66666666-7777-8888-9999-aaaaaaaaaaaa';

/** A differencing VHDX that records `places`, and wants a parent with the id. */
function writeChild({ at }: FaultBench, name: string, places: Record<string, string>, wanted = baseId): string {
  const parent = { parent_linkage: `{${wanted}}`, ...places };
  writeFileSync(at(name), makeVhdx({ virtualSize, dataWriteId: childId, parent }));
  return at(name);
}

function writeBase({ at }: FaultBench, name: string, dataWriteId = baseId): string {
  writeFileSync(at(name), makeVhdx({ virtualSize, dataWriteId }));
  return at(name);
}

function writeDirty(bench: FaultBench): string {
  const file = bench.at('dirty.vhdx');
  qemuImg('create', '-q', '-f', 'vhdx', file, '64M');
  try {
    execFileSync('qemu-io', interruptedWrite(file), { stdio: 'ignore' });
  } catch {
    // The write is meant to fail.
  }
  return file;
}

/** VHDX and VHD that stand on others, or were not closed. */
export const diskChains: readonly FaultCase[] = [
  {
    name: 'The parent of a differencing VHDX is missing',
    done: 'Each file tried is named; put the parent there, or say where it is with `parents`',
    arrange: bench =>
      boot(
        writeChild(bench, 'child.avhdx', {
          relative_path: '.\\base.vhdx',
          absolute_win32_path: 'D:\\Virtual Disks\\base.vhdx',
        }),
      ),
    seconds: 10,
    expect: {
      code: 'not_found',
      reason: 'missing_parent',
      message: /Tried: ".*base\.vhdx" \(does not exist\).*Virtual Disks\/base\.vhdx/,
      remedy: /beside the child.*--parents/,
    },
  },
  {
    name: 'The parent was changed since the child was made, or is another disk',
    done: 'Its id and the one that is needed are named; restore it from the same backup',
    arrange: bench => {
      writeBase(bench, 'base.vhdx', childId);
      return boot(writeChild(bench, 'child.avhdx', { relative_path: 'base.vhdx' }));
    },
    seconds: 10,
    expect: {
      code: 'conflict',
      reason: 'changed_parent',
      message: new RegExp(`base\\.vhdx" \\(has the id ${childId}\\)`),
      remedy: new RegExp(`id ${baseId} from the same backup`),
    },
  },
  {
    name: 'The parents of a VHDX lead in a circle',
    done: 'Restore the image whose parent is wrong',
    arrange: bench => {
      writeChild(bench, 'one.avhdx', { relative_path: 'two.avhdx' }, childId);
      writeChild(bench, 'two.avhdx', { relative_path: 'one.avhdx' }, childId);
      return boot(bench.at('one.avhdx'));
    },
    seconds: 10,
    expect: { code: 'invalid', message: /loop/, remedy: /Restore the image whose parent is wrong/ },
  },
  {
    name: 'A parent is given that does not exist',
    done: 'Refused, with the field; correct it',
    arrange: bench =>
      boot(writeChild(bench, 'child.avhdx', { relative_path: 'base.vhdx' }), { parents: [bench.at('nowhere')] }),
    seconds: 10,
    expect: { code: 'not_found', field: 'parents', message: /nowhere/, remedy: /parents/ },
  },
  {
    name: 'The parent of a VHDX is no VHDX',
    done: 'Restore it from another copy',
    arrange: bench => {
      writeFileSync(bench.at('base.vhdx'), Buffer.alloc(2 ** 20, 'text'));
      return boot(writeChild(bench, 'child.avhdx', { relative_path: 'base.vhdx' }));
    },
    seconds: 10,
    expect: { code: 'invalid', message: /base\.vhdx/, remedy: /another copy/ },
  },
  {
    name: 'An image is to stand on a VHDX that was not closed',
    done: 'Export it into a clean image first',
    arrange: bench => ({
      id: 'image.create',
      input: { target: bench.at('linked.qcow2'), backing: writeDirty(bench) },
    }),
    seconds: 10,
    expect: { code: 'unsupported', field: 'backing', message: /not closed cleanly/, remedy: /image\.export/ },
  },
  {
    name: 'A machine is to stand on a differencing VHDX',
    done: 'Export it into a clean image first',
    arrange: bench => {
      writeBase(bench, 'base.vhdx');
      const image = writeChild(bench, 'child.avhdx', { relative_path: 'base.vhdx' });
      return { id: 'vm.create', input: { name: 'linked', image, linked: true } };
    },
    seconds: 10,
    expect: { code: 'unsupported', field: 'image', message: /differencing/, remedy: /image\.export/ },
  },
  {
    name: 'An image is to be exported as a format for something else',
    done: 'Choose raw, qcow2 or vhdx, or convert it',
    arrange: bench => ({
      id: 'image.export',
      input: { image: convertDisk(bench, 'vhdx'), target: bench.at('copy.vmdk') },
    }),
    seconds: 10,
    expect: { code: 'invalid', field: 'targetFormat', remedy: /image\.convert/ },
  },
  {
    name: 'The target of an export exists',
    done: 'Nothing is replaced; choose another',
    arrange: bench => {
      mkdirSync(bench.at('taken.raw'));
      return { id: 'image.export', input: { image: convertDisk(bench, 'vhdx'), target: bench.at('taken.raw') } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'target', remedy: /./ },
  },
  {
    name: 'A damaged VHDX is verified',
    done: 'No failed call: what is wrong is listed, with structure and byte',
    arrange: bench => {
      const file = bench.at('broken.vhdx');
      writeFileSync(file, makeVhdx({ virtualSize }).fill(0xa5, 64 * 1024, 140 * 1024));
      return { id: 'image.verify', input: { image: file } };
    },
    seconds: 10,
    expect: {
      told: '`intact: false`',
      check: ({ intact, problems }) => {
        const [problem] = problems as { structure: string; offset: number }[];
        if (intact !== false || problem?.structure !== 'VHDX header' || problem.offset !== 64 * 1024) {
          throw new Error(`The answer tells ${JSON.stringify({ intact, problems })}.`);
        }
      },
    },
  },
];
