import { once } from 'node:events';
import { createServer } from 'node:net';
import { smallest } from '../../providers/qemu/support/machines.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';

const forward = (hostPort: number, more = {}) => ({ hostPort, guestPort: 22, ...more });

/** Listens on a port of the host as long as the case lasts. */
async function occupyPort(bench: FaultBench): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => new Promise(resolve => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function create(bench: FaultBench, more: object): Promise<void> {
  await bench.call('vm.create', { name: 'm', image: bench.disk, ...smallest, ...more });
}

const start = { id: 'vm.start', input: { vm: 'm' } };
const inputOf = (bench: FaultBench, more: object) => ({
  id: 'vm.create',
  input: { name: 'm', image: bench.disk, ...smallest, network: 'user', ...more },
});

export const networkFaults: readonly FaultCase[] = [
  {
    name: 'A port to be forwarded is in use',
    done: 'The port is named; choose another',
    arrange: async bench => {
      await create(bench, { network: 'user', forwards: [forward(await occupyPort(bench))] });
      return start;
    },
    seconds: 20,
    expect: {
      code: 'conflict',
      field: 'forwards',
      reason: 'port_in_use',
      message: /port \d+/,
      remedy: /another host port/,
    },
  },
  {
    name: 'A port to be forwarded is in use, and the machine runs',
    done: 'The machine keeps what it had; choose another port',
    arrange: async bench => {
      await create(bench, { network: 'user' });
      await bench.call('vm.start', { vm: 'm' });
      return { id: 'vm.configure', input: { vm: 'm', forwards: [forward(await occupyPort(bench))] } };
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'forwards', remedy: /another host port/ },
  },
  {
    name: 'A port below 1024, which this user may not open',
    done: 'Choose one above 1023',
    door: 'reduced',
    arrange: async bench => {
      await create(bench, { network: 'user', forwards: [forward(7)] });
      return start;
    },
    seconds: 30,
    expect: { code: 'conflict', field: 'forwards', remedy: /above 1023/ },
  },
  {
    name: 'A port is to be forwarded at an address that the host does not have',
    done: 'The address is named; use one of the host',
    arrange: async bench => {
      await create(bench, { network: 'user', forwards: [forward(42_311, { hostAddress: '192.0.2.1' })] });
      return start;
    },
    seconds: 20,
    expect: { code: 'conflict', field: 'forwards', message: /192\.0\.2\.1/, remedy: /address/ },
  },
  {
    name: 'A port is to be forwarded at something that is no address',
    done: 'Refused before anything is made',
    arrange: bench => inputOf(bench, { forwards: [forward(42_312, { hostAddress: '999.1.1.1' })] }),
    seconds: 10,
    expect: { code: 'invalid', field: 'forwards', message: /999\.1\.1\.1/, remedy: /127\.0\.0\.1/ },
  },
  {
    name: 'A port of the host is forwarded twice',
    done: 'Choose another for one of the two',
    arrange: bench => inputOf(bench, { forwards: [forward(42_313), forward(42_313)] }),
    seconds: 10,
    expect: { code: 'invalid', field: 'forwards', remedy: /another host port/ },
  },
  {
    name: 'A port that does not exist (65536)',
    done: 'The field is named',
    arrange: bench => inputOf(bench, { forwards: [forward(65_536)] }),
    seconds: 10,
    expect: { code: 'invalid', field: 'forwards.0.hostPort', remedy: /vm\.create --help/ },
  },
  {
    name: 'The 33rd forwarded port',
    done: 'The limit is named',
    arrange: bench => inputOf(bench, { forwards: Array.from({ length: 33 }, (_, index) => forward(42_400 + index)) }),
    seconds: 10,
    expect: { code: 'invalid', field: 'forwards', message: /32/, remedy: /vm\.create --help/ },
  },
  {
    name: 'Ports are to be forwarded on no network',
    done: 'Use "user" or "restricted"',
    arrange: bench => inputOf(bench, { network: 'none', forwards: [forward(42_314)] }),
    seconds: 10,
    expect: { code: 'invalid', field: 'forwards', remedy: /"user" or "restricted"/ },
  },
  {
    name: 'There is no such network',
    done: 'Those there are',
    arrange: bench => inputOf(bench, { network: 'lab' }),
    seconds: 10,
    expect: { code: 'not_found', field: 'network', remedy: /user, restricted, none/ },
  },
  {
    name: 'A network whose name would be an option of QEMU',
    done: 'Refused: a name is never an option',
    arrange: bench => inputOf(bench, { network: 'tap:x,script=/tmp/evil' }),
    seconds: 10,
    expect: { code: 'not_found', field: 'network', remedy: /tap:<name>/ },
  },
  {
    name: 'The bridge does not exist, or is not allowed',
    done: 'The file in which it is allowed',
    arrange: async bench => {
      await create(bench, { network: 'bridge:vmbnone0' });
      return start;
    },
    seconds: 20,
    expect: { code: 'denied', field: 'network', reason: 'bridge_helper', remedy: /bridge\.conf/ },
  },
  {
    name: 'The tap device does not exist, or is not of this user',
    done: 'The command that makes it',
    door: 'reduced',
    arrange: async bench => {
      await create(bench, { network: 'tap:vmbnone0' });
      return start;
    },
    seconds: 30,
    expect: { code: 'denied', field: 'network', reason: 'tap', remedy: /ip tuntap add/ },
  },
];
