import { smallest } from '../../providers/qemu/support/machines.ts';
import { halt, sendSerial } from '../../qemu/support/boot-sector.ts';
import type { FaultCase } from '../support/fault-case.ts';
import { serveChannel, standIn } from '../support/stand-in.ts';

/** Faults that take their time: vmbridge waits before it gives up. */
export const slowFaults: readonly FaultCase[] = [
  {
    name: 'QEMU hangs when it is asked for its version',
    done: 'Told after 5 s; look with "vmbridge doctor"',
    configure: ({ writeProgram }) => ({ engine: { system: writeProgram('qemu-system-x86_64', 'exec sleep 600') } }),
    arrange: ({ disk }) => ({ id: 'image.boot', input: { image: disk } }),
    seconds: 40,
    expect: { code: 'unavailable', message: /gave no answer/, remedy: /vmbridge doctor/ },
  },
  {
    name: 'QEMU never answers on its control channel',
    done: 'Ended after 30 s',
    configure: standIn(`if [ $isTrial = 0 ]; then ${serveChannel('')}; fi`),
    arrange: ({ disk }) => ({ id: 'image.boot', input: { image: disk, memoryBytes: 2 ** 26, cpus: 1 } }),
    seconds: 60,
    expect: { code: 'timeout', message: /greeting/, remedy: /vm\.get/ },
  },
  {
    name: 'The guest ignores the power button, and is to be restarted',
    done: 'Given up after 60 s; restart it with force',
    arrange: async bench => {
      const image = bench.writeDisk('deaf.raw', [...sendSerial('hello'), ...halt]);
      await bench.call('vm.create', { name: 'm', image, ...smallest });
      await bench.call('vm.start', { vm: 'm' });
      return { id: 'vm.restart', input: { vm: 'm' } };
    },
    seconds: 90,
    expect: { code: 'timeout', field: 'vm', remedy: /with force/ },
  },
];
