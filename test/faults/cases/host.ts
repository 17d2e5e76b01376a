import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { smallest } from '../../providers/qemu/support/machines.ts';
import { writeForEver } from '../../qemu/support/boot-sector.ts';
import { eventually } from '../../qemu/support/run-guest.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';
import { mustMatch } from '../support/must-match.ts';
import { growDisk, mountDisk } from '../support/small-disk.ts';

const tiny = { memoryBytes: 64 * 2 ** 20, cpus: 1, firmware: 'bios' };
const run = (bench: FaultBench) => path.join(bench.home, 'run');
const machines = (bench: FaultBench) => path.join(bench.home, 'state', 'machines');

/** A raw disk full of what can not be compressed. */
function writeNoise(bench: FaultBench, mebibytes: number): string {
  const bytes = Buffer.alloc(mebibytes * 2 ** 20);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(((at * 2_654_435_761) % 2 ** 32) >>> 0, at);
  writeFileSync(bench.at('noise.raw'), bytes);
  return bench.at('noise.raw');
}

const convertTo = (bench: FaultBench, folder: string, more = {}) => ({
  id: 'image.convert',
  input: { image: writeNoise(bench, 8), target: path.join(folder, 'copy.qcow2'), ...more },
});

export const hostFaults: readonly FaultCase[] = [
  {
    name: 'The disk is full while an image is proved',
    done: 'The image is not to blame; where room is needed',
    arrange: bench => {
      mountDisk(bench, run(bench), 12 * 1024);
      const image = bench.writeDisk('writer.raw', writeForEver, 64 * 2 ** 20);
      return { id: 'image.prove', input: { image, ...tiny, limitSeconds: 60 } };
    },
    seconds: 60,
    expect: {
      told: 'verdict `host_fault`',
      check: ({ verdict, warnings }) => {
        mustMatch(verdict.rule, /^host-disk-full$/);
        mustMatch(warnings.join(), /Free some space on the disk that holds/);
      },
    },
  },
  {
    name: 'The disk is full while a machine runs',
    done: 'The machine is paused; it goes on after vm.resume when there is room',
    arrange: async bench => {
      mountDisk(bench, machines(bench), 12 * 1024);
      const image = bench.writeDisk('writer.raw', writeForEver, 64 * 2 ** 20);
      await bench.call('vm.create', { name: 'm', image, linked: true, ...smallest });
      await bench.call('vm.start', { vm: 'm' });
      await eventually(async () => (await bench.call('vm.get', { vm: 'm' })).machine.state !== 'running');
      return { id: 'vm.get', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: {
      told: 'state and problem of the machine',
      check: async ({ machine }, bench) => {
        mustMatch(`${machine.state} ${machine.problem}`, /^paused .*no space left/);
        growDisk(machines(bench), 100);
        const resumed = await bench.call('vm.resume', { vm: 'm' });
        mustMatch(resumed.machine.state, /^running$/);
        await bench.call('vm.stop', { vm: 'm', force: true });
      },
    },
  },
  {
    name: 'The disk is full when a machine is to be booted',
    done: 'Free some space; nothing is left',
    arrange: bench => {
      mountDisk(bench, run(bench), 16);
      return { id: 'image.boot', input: { image: bench.disk, ...tiny } };
    },
    seconds: 20,
    expect: { code: 'host_fault', remedy: /space|full/ },
  },
  {
    name: 'The disk is full when a machine is to be made',
    done: 'How much is missing; nothing is left',
    arrange: bench => {
      mountDisk(bench, machines(bench), 1024);
      return { id: 'vm.create', input: { name: 'm', image: writeNoise(bench, 8), ...smallest } };
    },
    seconds: 20,
    expect: { code: 'host_fault', reason: 'disk_full', remedy: /Free \d+ bytes/ },
  },
  {
    name: 'The disk has no room for a copy',
    done: 'How much is missing; seen before anything is written',
    arrange: bench => {
      mountDisk(bench, bench.at('small'), 1024);
      return convertTo(bench, bench.at('small'));
    },
    seconds: 20,
    expect: { code: 'host_fault', reason: 'disk_full', field: 'target', remedy: /Free \d+ bytes/ },
  },
  {
    name: 'The disk becomes full while a compressed copy is written',
    done: 'The copy is removed; free some space',
    arrange: bench => {
      mountDisk(bench, bench.at('small'), 256);
      return convertTo(bench, bench.at('small'), { compressed: true });
    },
    seconds: 20,
    expect: { code: 'host_fault', reason: 'disk_full', remedy: /Free some space/ },
  },
  {
    name: 'The disk has no room for an image that is allocated in full',
    done: 'How much is missing',
    arrange: bench => {
      mountDisk(bench, bench.at('small'), 1024);
      const target = bench.at('small/new.raw');
      return { id: 'image.create', input: { target, sizeBytes: 2 ** 24, allocate: true } };
    },
    seconds: 20,
    expect: { code: 'host_fault', reason: 'disk_full', remedy: /Free \d+ bytes/ },
  },
  {
    name: 'The evidence folder holds something',
    done: 'Nothing is overwritten; name another',
    arrange: bench => {
      mkdirSync(bench.at('proof'));
      writeFileSync(bench.at('proof/old.json'), '{}');
      return { id: 'image.prove', input: { image: bench.disk, ...tiny, evidenceFolder: bench.at('proof') } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'evidenceFolder', remedy: /does not exist/ },
  },
  {
    name: 'The disk is full where a picture goes',
    done: 'Free some space, or name another file',
    arrange: async bench => {
      mountDisk(bench, bench.at('small'), 4);
      writeFileSync(bench.at('small/filler'), Buffer.alloc(4096));
      const { machine } = await bench.call('image.boot', { image: bench.disk, ...tiny });
      return { id: 'vm.screenshot', input: { vm: machine.id, file: bench.at('small/screen.png') } };
    },
    seconds: 20,
    expect: { code: 'host_fault', field: 'file', remedy: /Free some space/ },
  },
  {
    name: 'A picture would replace a file',
    done: 'The file stays; name another',
    arrange: async bench => {
      writeFileSync(bench.at('screen.png'), 'precious');
      const { machine } = await bench.call('image.boot', { image: bench.disk, ...tiny });
      return { id: 'vm.screenshot', input: { vm: machine.id, file: bench.at('screen.png') } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'file', remedy: /none is overwritten/ },
  },
  {
    name: 'The file system of the target is read-only',
    done: 'Choose another target',
    arrange: bench => {
      mountDisk(bench, bench.at('fixed'), 16 * 1024, ',ro');
      return convertTo(bench, bench.at('fixed'));
    },
    seconds: 20,
    expect: { code: 'denied', field: 'target', remedy: /another target/ },
  },
  {
    name: 'The file system of the run folder is read-only',
    done: 'The folder is named',
    arrange: bench => {
      mountDisk(bench, run(bench), 1024, ',ro');
      return { id: 'image.boot', input: { image: bench.disk, ...tiny } };
    },
    seconds: 20,
    expect: { code: 'host_fault', message: /home\/run/, remedy: /can be written/, data: { systemCode: 'EROFS' } },
  },
  {
    name: 'This user has no rights in the run folder',
    done: 'The folder is named',
    door: 'reduced',
    arrange: bench => {
      mkdirSync(run(bench), { recursive: true });
      chmodSync(run(bench), 0o500);
      return { id: 'image.boot', input: { image: bench.disk, ...tiny } };
    },
    seconds: 30,
    expect: { code: 'host_fault', message: /home\/run/, remedy: /can be written/, data: { systemCode: 'EACCES' } },
  },
  {
    name: 'This user has no rights in the state folder',
    done: 'The folder is named',
    door: 'reduced',
    arrange: bench => {
      mkdirSync(machines(bench), { recursive: true });
      chmodSync(machines(bench), 0o500);
      return { id: 'vm.create', input: { name: 'm', image: bench.disk, ...smallest } };
    },
    seconds: 30,
    expect: { code: 'host_fault', message: /state\/machines/, remedy: /./ },
  },
  {
    name: 'This user has no rights in the folder of the target',
    done: 'Choose a folder of your own',
    door: 'reduced',
    arrange: bench => {
      mkdirSync(bench.at('foreign'), { mode: 0o500 });
      return convertTo(bench, bench.at('foreign'));
    },
    seconds: 30,
    expect: { code: 'denied', field: 'target', remedy: /./ },
  },
  {
    name: 'The path of the run folder is too long for a socket',
    done: 'Sockets go to a short folder instead',
    deepHome: true,
    arrange: bench => ({ id: 'image.boot', input: { image: bench.disk, ...tiny } }),
    seconds: 20,
    expect: {
      told: 'nothing: the machine runs',
      check: async ({ machine }, bench) => {
        mustMatch(machine.state, /^running$/);
        await bench.call('vm.stop', { vm: machine.id, force: true });
        mustMatch(readdirSync(run(bench)).join(), /^$/);
      },
    },
  },
];
