import { readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { smallest } from '../../providers/qemu/support/machines.ts';
import { eventually } from '../../qemu/support/run-guest.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';
import { listProcesses } from '../support/leftovers.ts';

async function create(bench: FaultBench, name = 'm', more = {}): Promise<void> {
  await bench.call('vm.create', { name, image: bench.disk, ...smallest, ...more });
}

async function run(bench: FaultBench, name = 'm'): Promise<void> {
  await create(bench, name);
  await bench.call('vm.start', { vm: name });
}

const creation = (bench: FaultBench, more: object) => ({
  id: 'vm.create',
  input: { name: 'm', image: bench.disk, ...smallest, ...more },
});

/** qemu-img takes its time with a copy. */
const slowCopies: NonNullable<FaultCase['configure']> = ({ writeProgram }) => ({
  engine: {
    img: writeProgram('qemu-img', '[ $1 = convert ] && [ -e "$0.slow" ] && exec sleep 600; exec qemu-img "$@"'),
  },
});
const slowDown = (bench: FaultBench) => writeFileSync(bench.at('qemu-img.slow'), '');

const folderOf = (bench: FaultBench) => {
  const machines = path.join(bench.home, 'state', 'machines');
  const [id = ''] = readdirSync(machines).filter(name => /^[0-9a-f]{12}$/.test(name));
  return path.join(machines, id);
};

export const machineFaults: readonly FaultCase[] = [
  {
    name: 'There is no such machine',
    done: 'See vm.list',
    arrange: () => ({ id: 'vm.start', input: { vm: 'nobody' } }),
    seconds: 10,
    expect: { code: 'not_found', field: 'vm', message: /"nobody"/, remedy: /vm\.list/ },
  },
  {
    name: 'There is no such machine, asked for by an assistant',
    done: 'The same over MCP',
    door: 'mcp',
    arrange: () => ({ id: 'vm.start', input: { vm: 'nobody' } }),
    seconds: 20,
    expect: { code: 'not_found', field: 'vm', message: /"nobody"/, remedy: /vm\.list/ },
  },
  {
    name: 'Two machines have the name',
    done: 'The ids are listed',
    configure: () => ({ providers: { memory: { enabled: true, machines: [{ name: 'm' }] } } }),
    arrange: async bench => {
      await create(bench, 'm', { provider: 'qemu' });
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: {
      code: 'ambiguous',
      field: 'vm',
      remedy: /id/,
      data: { candidates: ['memory:local/m', 'qemu:local/m'] },
    },
  },
  {
    name: 'The name is taken',
    done: 'Choose another; nothing is made',
    arrange: async bench => {
      await create(bench);
      return creation(bench, {});
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'name', remedy: /another name/ },
  },
  {
    name: 'The name is taken by another machine, in a renaming',
    done: 'Choose another; it keeps its name',
    arrange: async bench => {
      await create(bench, 'm');
      await create(bench, 'other');
      return { id: 'vm.rename', input: { vm: 'm', name: 'other' } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'name', remedy: /another name/ },
  },
  {
    name: 'A name that would be a path',
    done: 'The field is named',
    arrange: bench => creation(bench, { name: '../../etc' }),
    seconds: 10,
    expect: { code: 'invalid', field: 'name', remedy: /vm\.create --help/ },
  },
  {
    name: 'A name that would repaint a terminal',
    done: 'The field is named; the name is not repeated raw',
    arrange: bench => creation(bench, { name: 'web\u001b[2J' }),
    seconds: 10,
    expect: { code: 'invalid', field: 'name', remedy: /vm\.create --help/ },
  },
  {
    name: 'A machine without a processor',
    done: 'The field is named',
    arrange: bench => creation(bench, { cpus: 0 }),
    seconds: 10,
    expect: { code: 'invalid', field: 'cpus', remedy: /vm\.create --help/ },
  },
  {
    name: 'More processors than the machine type has',
    done: 'Ask for fewer',
    arrange: async bench => {
      await create(bench, 'm', { cpus: 256, bus: 'ide' });
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'unsupported', field: 'cpus', remedy: /fewer/ },
  },
  {
    name: 'Less memory than a machine can have',
    done: 'The field and the least are named',
    arrange: bench => creation(bench, { memoryBytes: 1024 }),
    seconds: 10,
    expect: { code: 'invalid', field: 'memoryBytes', remedy: /vm\.create --help/ },
  },
  {
    name: 'A field that there is not',
    done: 'The field is named',
    arrange: bench => creation(bench, { memory: '2G' }),
    seconds: 10,
    expect: { code: 'invalid', message: /memory/, remedy: /vm\.create --help/ },
  },
  {
    name: 'The disk would be smaller than the image that fills it',
    done: 'The size of the image is named',
    arrange: bench => {
      truncateSync(bench.disk, 4 * 2 ** 20);
      return creation(bench, { diskBytes: 2 ** 20 });
    },
    seconds: 10,
    expect: { code: 'invalid', field: 'diskBytes', remedy: /diskBytes|4194304|larger/ },
  },
  {
    name: 'A disk that is to stand on no image',
    done: 'Name one',
    arrange: () => ({ id: 'vm.create', input: { name: 'm', linked: true, ...smallest } }),
    seconds: 10,
    expect: { code: 'invalid', field: 'linked', remedy: /Name one/ },
  },
  {
    name: 'The disc for the drive does not exist',
    done: 'Check the path',
    arrange: bench => creation(bench, { iso: bench.at('gone.iso') }),
    seconds: 10,
    expect: { code: 'not_found', field: 'iso', remedy: /Check the path/ },
  },
  {
    name: 'The disc for the drive is a folder',
    done: 'Name a disc image',
    arrange: bench => creation(bench, { iso: bench.folder }),
    seconds: 10,
    expect: { code: 'invalid', field: 'iso', remedy: /disc image/ },
  },
  {
    name: 'The disc vanishes before the start',
    done: 'Named; put it back or eject it',
    arrange: async bench => {
      writeFileSync(bench.at('tools.iso'), Buffer.alloc(65_536));
      await create(bench, 'm', { iso: bench.at('tools.iso') });
      rmSync(bench.at('tools.iso'));
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'not_found', message: /tools\.iso/, remedy: /./ },
  },
  {
    name: 'A shared folder does not exist',
    done: 'Check the path',
    arrange: bench => creation(bench, { shares: [{ name: 'src', path: bench.at('gone') }] }),
    seconds: 10,
    expect: { code: 'not_found', field: 'shares', remedy: /Check the path/ },
  },
  {
    name: 'A shared folder is a file',
    done: 'Share the folder that the file is in',
    arrange: bench => creation(bench, { shares: [{ name: 'src', path: bench.disk }] }),
    seconds: 10,
    expect: { code: 'invalid', field: 'shares', remedy: /folder that the file is in/ },
  },
  {
    name: 'Two shared folders have the same name',
    done: 'Give one another name',
    arrange: bench => {
      const share = { name: 'src', path: bench.folder };
      return creation(bench, { shares: [share, share] });
    },
    seconds: 10,
    expect: { code: 'invalid', field: 'shares', remedy: /another name/ },
  },
  {
    name: 'The machine is stopped, and a picture of its screen is wanted',
    done: 'Start it first, with the command',
    arrange: async bench => {
      await create(bench);
      return { id: 'vm.screenshot', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.start/ },
  },
  {
    name: 'The machine is stopped, and is to be paused',
    done: 'Start it first, with the command',
    arrange: async bench => {
      await create(bench);
      return { id: 'vm.pause', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.start/ },
  },
  {
    name: 'The machine is paused, and keys are to be pressed',
    done: 'Let it go on, with the command',
    arrange: async bench => {
      await run(bench);
      await bench.call('vm.pause', { vm: 'm' });
      return { id: 'vm.sendKeys', input: { vm: 'm', keys: ['enter'] } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.resume/ },
  },
  {
    name: 'The machine runs, and is to be deleted',
    done: 'Stop it first, with the command',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.delete', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.stop/ },
  },
  {
    name: 'The machine is to be deleted by an assistant',
    done: 'The command for a person',
    door: 'mcp',
    arrange: async bench => {
      await create(bench);
      return { id: 'vm.delete', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'approval_required', remedy: /vmbridge approval decide ap-\w{10} approve/ },
  },
  {
    name: 'The machine runs, and is to get more memory',
    done: 'Stop it first, with the command',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.configure', input: { vm: 'm', memoryBytes: 2 ** 30 } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'memoryBytes', remedy: /vm\.stop/ },
  },
  {
    name: 'The machine runs, and is to be cloned',
    done: 'Stop it first, with the command',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.clone', input: { vm: 'm', name: 'copy' } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.stop/ },
  },
  {
    name: 'Something else is being done with the machine',
    done: 'Try again when it is done',
    configure: slowCopies,
    arrange: async bench => {
      await create(bench);
      slowDown(bench);
      const cancel = new AbortController();
      const cloning = bench.call('vm.clone', { vm: 'm', name: 'copy' }, cancel.signal).catch(() => {});
      bench.defer(async () => {
        cancel.abort();
        await cloning;
      });
      await eventually(async () => listProcesses(bench.folder).some(line => line.includes('sleep')));
      return { id: 'vm.configure', input: { vm: 'm', cpus: 2 } };
    },
    seconds: 20,
    expect: { code: 'busy', field: 'vm', remedy: /when it is done/ },
  },
  {
    name: 'Linked clones stand on the machine, which is to be started',
    done: 'Work with a clone, or delete the clones first',
    arrange: async bench => {
      await create(bench);
      await bench.call('vm.clone', { vm: 'm', name: 'copy', linked: true });
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'vm', message: /copy/, remedy: /delete the clones first/ },
  },
  {
    name: 'The image on which the disk stands was moved',
    done: 'Named; put it back',
    arrange: async bench => {
      await create(bench, 'm', { linked: true });
      renameSync(bench.disk, bench.at('moved.raw'));
      bench.defer(() => renameSync(bench.at('moved.raw'), bench.disk));
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'not_found', message: /obedient\.raw/, remedy: /path/ },
  },
  {
    name: 'The disk of the machine is gone',
    done: 'Named; nothing is started',
    arrange: async bench => {
      await create(bench);
      rmSync(path.join(folderOf(bench), 'disk0.qcow2'));
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'not_found', message: /disk0\.qcow2/, remedy: /path/ },
  },
  {
    name: 'The disk of the machine is damaged',
    done: 'Check it, with the command',
    arrange: async bench => {
      await create(bench);
      writeFileSync(path.join(folderOf(bench), 'disk0.qcow2'), 'no disk at all');
      return { id: 'vm.start', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'invalid', message: /disk0\.qcow2/, remedy: /qemu-img check/ },
  },
  {
    name: 'The machine was killed from outside, and a picture of its screen is wanted',
    done: 'Start it, with the command',
    arrange: async bench => {
      await run(bench);
      const { machine } = await bench.call('vm.get', { vm: 'm' });
      process.kill(machine.processId, 'SIGKILL');
      await eventually(async () => (await bench.call('vm.get', { vm: 'm' })).machine.state === 'failed');
      await eventually(async () => listProcesses(bench.folder).length === 0);
      await delay(200);
      return { id: 'vm.screenshot', input: { vm: 'm' } };
    },
    seconds: 10,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.start/ },
  },
  {
    name: 'A throw-away machine is to be configured',
    done: 'Make one that is kept with vm.create',
    arrange: async bench => {
      const { machine } = await bench.call('image.boot', { image: bench.disk, memoryBytes: 2 ** 26, cpus: 1 });
      return { id: 'vm.configure', input: { vm: machine.id, cpus: 2 } };
    },
    seconds: 10,
    expect: { code: 'unsupported', field: 'vm', remedy: /vm\.create/ },
  },
  {
    name: 'The making of a machine is given up',
    done: 'Nothing of it stays',
    configure: slowCopies,
    arrange: bench => {
      slowDown(bench);
      return { ...creation(bench, {}), cancelAfter: 1500 };
    },
    seconds: 10,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'A clone is given up',
    done: 'Nothing of it stays',
    configure: slowCopies,
    arrange: async bench => {
      await create(bench);
      slowDown(bench);
      return { id: 'vm.clone', input: { vm: 'm', name: 'copy' }, cancelAfter: 1500 };
    },
    seconds: 10,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'A start is given up before anything was done',
    done: 'The machine is as it was',
    arrange: async bench => {
      await create(bench);
      return { id: 'vm.start', input: { vm: 'm' }, cancelAfter: 0 };
    },
    seconds: 10,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'A start is given up while QEMU loads',
    done: 'QEMU is ended, the machine is as it was',
    configure: ({ writeProgram }) => ({
      engine: {
        system: writeProgram(
          'qemu-system-x86_64',
          `case "$*" in *path=debug.log*|*--version*|*-L*) ;; *) exec sleep 600;; esac; exec qemu-system-x86_64 "$@"`,
        ),
      },
    }),
    arrange: async bench => {
      await create(bench);
      return { id: 'vm.start', input: { vm: 'm' }, cancelAfter: 3000 };
    },
    seconds: 15,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'A proof is given up while the guest boots',
    done: 'Machine, folder and evidence are gone',
    arrange: bench => ({
      id: 'image.prove',
      input: { image: bench.disk, memoryBytes: 2 ** 26, cpus: 1 },
      cancelAfter: 4000,
    }),
    seconds: 15,
    expect: { code: 'cancelled', remedy: /again/ },
  },
];
