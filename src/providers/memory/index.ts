import { defineProvider } from '../define-provider.ts';
import * as checkpoints from './checkpoints.ts';
import * as machines from './machines.ts';
import * as networks from './networks.ts';
import * as power from './power.ts';
import { probe } from './probe.ts';
import { type MemorySession, openSession } from './session.ts';

/** A pretend hypervisor that behaves like a real one: for tests, demonstrations, and scripts that are being written. */
export default defineProvider<MemorySession>({
  id: 'memory',
  title: 'Pretend hypervisor',
  platforms: ['linux', 'win32', 'darwin'],
  enabledByDefault: false,
  probe,
  open: openSession,
  // Work under way is cancelled through its own signal, and the world needs no closing.
  close: () => {},
  operations: {
    'vm.list': machines.list,
    'vm.get': machines.get,
    'vm.create': {
      run: machines.create,
      without: [
        'image',
        'format',
        'linked',
        'diskBytes',
        'iso',
        'firmware',
        'bus',
        'accelerator',
        'forwards',
        'shares',
        'lifetime',
      ],
    },
    'vm.delete': machines.remove,
    'vm.start': { run: power.start, without: ['outlive'] },
    'vm.stop': power.stop,
    'vm.restart': power.restart,
    'vm.pause': power.pause,
    'vm.resume': power.resume,
    'vm.checkpoint.list': checkpoints.list,
    'vm.checkpoint.create': checkpoints.create,
    'vm.checkpoint.restore': checkpoints.restore,
    'vm.checkpoint.delete': checkpoints.remove,
    'network.list': networks.list,
    'network.create': networks.create,
    'network.delete': networks.remove,
  },
});
