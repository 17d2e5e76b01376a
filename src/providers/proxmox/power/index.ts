import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { pauseMachine, resumeMachine, suspendMachine } from './pause-machine.ts';
import { restartMachine } from './restart-machine.ts';
import { startMachine } from './start-machine.ts';
import { stopMachine } from './stop-machine.ts';
import { waitMachine } from './wait-machine.ts';

export const powerOperations: OperationTable<ProxmoxSession> = {
  'vm.start': startMachine,
  'vm.stop': stopMachine,
  'vm.restart': restartMachine,
  'vm.pause': pauseMachine,
  'vm.resume': resumeMachine,
  'vm.suspend': suspendMachine,
  'vm.wait': waitMachine,
};
