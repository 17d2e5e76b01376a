import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Format, qemuImg } from '../../providers/qemu/support/image-tools.ts';
import { smallest } from '../../providers/qemu/support/machines.ts';
import { eventually } from '../../qemu/support/run-guest.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';
import { convertDisk, copyDisk, patchFile } from '../support/make-images.ts';
import { damagedImages } from './damaged-images.ts';
import { diskChains } from './disk-chains.ts';

const boot = (image: string, more = {}) => ({ id: 'image.boot', input: { image, ...tiny, ...more } });
const tiny = { memoryBytes: 64 * 2 ** 20, cpus: 1, firmware: 'bios' };
/** Where what vanishes is not missed afterwards. */
const passing = 'home/cache/passing.raw';
const convert = (bench: FaultBench, image: string, more = {}) => ({
  id: 'image.convert',
  input: { image, target: bench.at('copy.qcow2'), ...more },
});

export const imageFaults: readonly FaultCase[] = [
  {
    name: 'The image does not exist',
    done: 'Named; check the path',
    arrange: ({ at }) => boot(at('gone.vhdx')),
    seconds: 10,
    expect: { code: 'not_found', message: /gone\.vhdx/, remedy: /Check the path/ },
  },
  {
    name: 'The image does not exist, asked for by an assistant',
    done: 'The same over MCP',
    door: 'mcp',
    arrange: ({ at }) => boot(at('gone.vhdx')),
    seconds: 20,
    expect: { code: 'not_found', message: /gone\.vhdx/, remedy: /Check the path/ },
  },
  {
    name: 'A part of its path is a file',
    done: 'Check the path',
    arrange: ({ disk }) => boot(`${disk}/disk.vhdx`),
    seconds: 10,
    expect: { code: 'not_found', remedy: /Check the path/ },
  },
  {
    name: 'Its path holds a NUL character',
    done: 'Refused before anything is looked at',
    arrange: ({ disk }) => boot(`${disk}\0.vhdx`),
    seconds: 10,
    expect: { code: 'invalid', field: 'image', remedy: /image/ },
  },
  {
    name: 'Its name is too long for the system',
    done: 'Give it a shorter name',
    arrange: ({ at }) => boot(at('x'.repeat(300))),
    seconds: 10,
    expect: { code: 'invalid', remedy: /shorter/ },
  },
  {
    name: 'Symbolic links lead in a circle',
    done: 'Name the file itself',
    arrange: ({ at }) => {
      symlinkSync(at('b.raw'), at('a.raw'));
      symlinkSync(at('a.raw'), at('b.raw'));
      return boot(at('a.raw'));
    },
    seconds: 10,
    expect: { code: 'invalid', remedy: /file itself/ },
  },
  {
    name: 'The image is a folder',
    done: 'Name an image file or a block device',
    arrange: ({ folder }) => boot(folder),
    seconds: 10,
    expect: { code: 'invalid', message: /a folder/, remedy: /Name an image file/ },
  },
  {
    name: 'The image is a pipe',
    done: 'Never waited for; name an image file',
    arrange: ({ at }) => {
      execFileSync('mkfifo', [at('pipe')]);
      return boot(at('pipe'));
    },
    seconds: 10,
    expect: { code: 'invalid', message: /a pipe/, remedy: /Name an image file/ },
  },
  {
    name: 'The image is a device without an end',
    done: 'Name an image file or a block device',
    arrange: () => boot('/dev/zero'),
    seconds: 10,
    expect: { code: 'invalid', message: /character device/, remedy: /Name an image file/ },
  },
  {
    name: 'The image is empty',
    done: 'Fetch it again',
    arrange: ({ at }) => {
      writeFileSync(at('empty.raw'), '');
      return boot(at('empty.raw'));
    },
    seconds: 10,
    expect: { code: 'invalid', message: /is empty/, remedy: /fetch it again/ },
  },
  {
    name: 'The image may not be read by this user',
    done: 'Give this user the right to read it',
    door: 'reduced',
    arrange: bench => {
      chmodSync(bench.disk, 0);
      return boot(bench.disk);
    },
    seconds: 20,
    expect: { code: 'denied', remedy: /right to read/ },
  },
  {
    name: 'The image is an archive',
    done: 'Unpack it first',
    arrange: ({ at }) => {
      writeFileSync(at('disk.raw.gz'), gzipSync(Buffer.alloc(4096)));
      return boot(at('disk.raw.gz'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /gzip/, remedy: /Unpack/ },
  },
  {
    name: 'The image has a format that is not read',
    done: 'Convert it first, with the command',
    arrange: bench => {
      qemuImg('create', '-q', '-f', 'qed', bench.at('disk.qed'), '1M');
      return boot(bench.at('disk.qed'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /QED/, remedy: /qemu-img convert/ },
  },
  {
    name: 'The image is not in the format it was said to be in',
    done: 'Say the right format, or none',
    arrange: ({ disk }) => boot(disk, { format: 'vhdx' }),
    seconds: 10,
    expect: { code: 'invalid', message: /vhdx/i, remedy: /fetch it again/ },
  },
  ...damagedImages,
  ...diskChains,
  {
    name: 'An encrypted qcow2',
    done: 'Decrypt it into a new image',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-f', 'qcow2', at('secret.qcow2'), '1M');
      // The method of encryption in the header: 2 is LUKS.
      return boot(patchFile(at('secret.qcow2'), 32, Buffer.from([0, 0, 0, 2])));
    },
    seconds: 20,
    expect: { code: 'unsupported', message: /encrypted/, remedy: /[Dd]ecrypt/ },
  },
  {
    name: 'Its backing file is missing',
    done: 'Put the parent there, or point the image to it, with the command',
    arrange: ({ at, disk }) => {
      qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', disk, at('child.qcow2'));
      rmSync(disk);
      return boot(at('child.qcow2'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /obedient\.raw/, remedy: /qemu-img rebase/ },
  },
  {
    name: 'Its backing file is at a server',
    done: 'Copy the whole disk into one local image',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', 'nbd://10.0.0.1/disk', at('far.qcow2'), '1M');
      return boot(at('far.qcow2'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /nbd:/, remedy: /Copy the whole disk/ },
  },
  {
    name: 'Its backing files lead in a circle',
    done: 'Restore the image whose parent is wrong',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', at('two.qcow2'), at('one.qcow2'), '1M');
      qemuImg('create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', at('one.qcow2'), at('two.qcow2'), '1M');
      return boot(at('one.qcow2'));
    },
    seconds: 10,
    expect: { code: 'invalid', message: /loop/, remedy: /Restore the image whose parent is wrong/ },
  },
  {
    name: 'The file with the data of a qcow2 is missing',
    done: 'Put the data file back',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data.raw')}`, at('split.qcow2'), '1M');
      rmSync(at('data.raw'));
      return boot(at('split.qcow2'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /data\.raw/, remedy: /data file/ },
  },
  {
    name: 'A part of a VMDK is missing',
    done: 'Copy all parts into one folder',
    arrange: ({ at, disk }) => {
      qemuImg('convert', '-O', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', disk, at('parts.vmdk'));
      rmSync(at('parts-s001.vmdk'));
      return boot(at('parts.vmdk'));
    },
    seconds: 10,
    expect: { code: 'unsupported', message: /parts-s001\.vmdk/, remedy: /./ },
  },
  {
    name: 'Another program holds the image',
    done: 'The process and the program are named; stop it, or take a copy',
    arrange: async bench => {
      const image = convertDisk(bench, 'qcow2');
      await holdImage(bench, image);
      return boot(image);
    },
    seconds: 20,
    expect: {
      code: 'conflict',
      reason: 'locked',
      message: /[Pp]rocess \d+ \(qemu-io\) has it open/,
      remedy: /Stop .* take a copy/,
    },
  },
  {
    name: 'Another machine holds the image',
    done: 'The machine is named; stop it, or take a copy',
    arrange: async bench => {
      await bench.call('vm.create', { name: 'owner', image: bench.disk, ...smallest });
      await bench.call('vm.start', { vm: 'owner' });
      const { hardware } = await bench.call('vm.get', { vm: 'owner' });
      return boot(hardware.disks[0].path);
    },
    seconds: 20,
    expect: { code: 'conflict', reason: 'locked', message: /machine "owner"/, remedy: /Stop the machine "owner"/ },
  },
  {
    name: 'Another program writes to a VHDX, which QEMU itself would not open here',
    done: 'The process and the program are named; stop it, or take a copy',
    arrange: async bench => {
      const image = convertDisk(bench, 'vhdx');
      await holdImage(bench, image, 'vhdx');
      return boot(image);
    },
    seconds: 20,
    expect: { code: 'conflict', reason: 'locked', message: /\(qemu-io\) has it open/, remedy: /Stop .* take a copy/ },
  },
  {
    name: 'The image is held while it is to be converted',
    done: 'The process is named; nothing is made',
    arrange: async bench => {
      const image = convertDisk(bench, 'qcow2');
      await holdImage(bench, image);
      return convert(bench, image);
    },
    seconds: 20,
    expect: { code: 'conflict', reason: 'locked', message: /\(qemu-io\) has it open/, remedy: /Stop/ },
  },
  {
    name: 'The image is written to while it is copied',
    done: 'The copy is removed; stop whatever writes',
    configure: ({ disk, writeProgram }) => ({
      engine: {
        img: writeProgram('qemu-img', `qemu-img "$@"; code=$?; [ $1 = convert ] && touch '${disk}'; exit $code`),
      },
    }),
    arrange: bench => convert(bench, bench.disk),
    seconds: 20,
    expect: { code: 'conflict', reason: 'changed', remedy: /Stop whatever uses the image/ },
  },
  {
    name: 'The image vanishes between its inspection and the start',
    done: 'Named; no machine is left',
    configure: ({ at, writeProgram }) => ({
      engine: { img: writeProgram('qemu-img', `rm -f '${at(passing)}'; exec qemu-img "$@"`) },
    }),
    arrange: bench => {
      mkdirSync(path.dirname(bench.at(passing)), { recursive: true });
      return boot(copyDisk(bench, passing));
    },
    seconds: 20,
    expect: { code: 'not_found', message: /passing\.raw/, remedy: /path/ },
  },
  {
    name: 'The size of a VHDX is to be changed',
    done: 'Copy it into a qcow2 with image.convert',
    arrange: bench => ({ id: 'image.resize', input: { image: convertDisk(bench, 'vhdx'), sizeBytes: 2 ** 30 } }),
    seconds: 10,
    expect: { code: 'unsupported', field: 'image', remedy: /image\.convert/ },
  },
  {
    name: 'A disk is to be cut off, and where its use ends is unknown',
    done: 'Nothing is cut; copy what is on it into a smaller image',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-f', 'raw', at('used.raw'), '64M');
      execFileSync('mkfs.ext4', ['-q', '-F', at('used.raw')]);
      return { id: 'image.shrink', input: { image: at('used.raw'), format: 'raw', sizeBytes: 2 ** 20 } };
    },
    seconds: 20,
    expect: { code: 'unsupported', remedy: /Copy what is on it/ },
  },
  {
    name: 'An image with snapshots inside is to be made smaller',
    done: 'Delete them first, or copy the disk',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-f', 'qcow2', at('snap.qcow2'), '64M');
      qemuImg('snapshot', '-c', 'one', at('snap.qcow2'));
      return { id: 'image.shrink', input: { image: at('snap.qcow2'), sizeBytes: 32 * 2 ** 20 } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'image', remedy: /image\.convert/ },
  },
  {
    name: 'Another image stands on the one whose size is to be changed',
    done: 'Change that one instead',
    arrange: ({ at }) => {
      qemuImg('create', '-q', '-f', 'qcow2', at('base.qcow2'), '1M');
      qemuImg('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', at('base.qcow2'), at('top.qcow2'));
      return { id: 'image.resize', input: { image: at('base.qcow2'), sizeBytes: 2 ** 30 } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'image', remedy: /stands on it instead/ },
  },
  {
    name: 'A new image would replace a file',
    done: 'The file stays; choose another name',
    arrange: bench => {
      mkdirSync(bench.at('there'));
      writeFileSync(bench.at('copy.qcow2'), 'precious');
      return convert(bench, bench.disk);
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'target', remedy: /Choose another "target"/ },
  },
  {
    name: 'The folder of a new image does not exist',
    done: 'Make the folder first',
    arrange: bench => convert(bench, bench.disk, { target: bench.at('nowhere/copy.qcow2') }),
    seconds: 10,
    expect: { code: 'not_found', field: 'target', remedy: /Make the folder first/ },
  },
  {
    name: 'The name of a new image does not say its format',
    done: 'The formats are listed',
    arrange: bench => convert(bench, bench.disk, { target: bench.at('copy.bin') }),
    seconds: 10,
    expect: { code: 'invalid', field: 'targetFormat', remedy: /qcow2, vhd, vhdx/ },
  },
  {
    name: 'A new disk is too large for its format',
    done: 'Choose qcow2',
    arrange: bench => ({ id: 'image.create', input: { target: bench.at('huge.vhd'), sizeBytes: 2 ** 43 } }),
    seconds: 10,
    expect: { code: 'unsupported', field: 'sizeBytes', remedy: /qcow2/ },
  },
];

/** A program that has the image open for writing, as long as the case lasts. */
async function holdImage(bench: FaultBench, image: string, format: Format = 'qcow2'): Promise<void> {
  const holder = spawn('qemu-io', ['-f', format, image], { stdio: ['pipe', 'pipe', 'ignore'] });
  bench.defer(async () => {
    const ended = new Promise(resolve => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await ended;
  });
  // Its prompt comes when it has opened the image.
  let prompted = false;
  holder.stdout.once('data', () => {
    prompted = true;
  });
  await eventually(async () => prompted);
}
