import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { moveDisk, resizeDisk } from './change-disk.ts';
import { cloneMachine, planClone } from './clone-machine.ts';
import { configureMachine } from './configure-machine.ts';
import { createMachine, planCreate } from './create-machine.ts';
import { deleteMachine } from './delete-machine.ts';
import { getMachine } from './get-machine.ts';
import { listMachines } from './list-machines.ts';
import { migrateMachine } from './migrate-machine.ts';
import { renameMachine } from './rename-machine.ts';
import { statsMachine } from './stats-machine.ts';
import { templateMachine } from './template-machine.ts';

/** What concerns this computer, or QEMU as vmbridge runs it. */
const ofThisComputer = ['accelerator', 'forwards', 'shares', 'lifetime'] as const;

export const machineOperations: OperationTable<ProxmoxSession> = {
  'vm.list': listMachines,
  'vm.get': getMachine,
  'vm.create': {
    run: createMachine,
    plan: planCreate,
    without: ['image', 'format', 'linked', 'iso', ...ofThisComputer],
    also: [
      'node',
      'storage',
      'pool',
      'vmid',
      'kind',
      'isoVolume',
      'template',
      'tags',
      'description',
      'osType',
      'privileged',
      'password',
      'sshKeys',
      'options',
      'start',
    ],
  },
  'vm.clone': {
    run: cloneMachine,
    plan: planClone,
    also: ['node', 'storage', 'pool', 'vmid', 'checkpoint', 'description'],
  },
  'vm.template': templateMachine,
  'vm.configure': {
    ...configureMachine,
    without: ['iso', ...ofThisComputer],
    also: ['description', 'tags', 'onBoot', 'options', 'reset'],
  },
  'vm.rename': renameMachine,
  'vm.delete': { ...deleteMachine, also: ['purge', 'unreferencedDisks'] },
  'vm.migrate': migrateMachine,
  'vm.disk.resize': resizeDisk,
  'vm.disk.move': moveDisk,
  'vm.stats': statsMachine,
};
