import { defineProvider } from '../define-provider.ts';
import * as checkpoints from './checkpoints.ts';
import { machineFacts } from './facts.ts';
import * as machines from './machines.ts';
import * as networks from './networks.ts';
import { listNodes } from './nodes.ts';
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
  facts: machineFacts,
  operations: {
    'vm.list': machines.list,
    'vm.get': machines.get,
    'vm.create': {
      run: machines.create,
      plan: machines.planCreate,
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
    'vm.delete': { run: machines.remove, plan: machines.planRemove },
    'vm.start': { run: power.start, plan: power.planStart, without: ['outlive'] },
    'vm.stop': { run: power.stop, plan: power.planStop },
    'vm.restart': { run: power.restart, plan: power.planRestart },
    'vm.pause': { run: power.pause, plan: power.planPause },
    'vm.resume': { run: power.resume, plan: power.planResume },
    'vm.checkpoint.list': checkpoints.list,
    'vm.checkpoint.create': { run: checkpoints.create, plan: checkpoints.planCreate },
    'vm.checkpoint.restore': { run: checkpoints.restore, plan: checkpoints.planRestore },
    'vm.checkpoint.delete': { run: checkpoints.remove, plan: checkpoints.planRemove },
    'node.list': listNodes,
    'network.list': networks.list,
    'network.create': { run: networks.create, plan: networks.planCreate },
    'network.delete': { run: networks.remove, plan: networks.planRemove },
  },
});
