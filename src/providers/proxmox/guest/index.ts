import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { copyFile, planCopy } from './copy-file.ts';
import { execCommand, planExec } from './exec-command.ts';
import { freezeGuest, planFreeze } from './freeze-guest.ts';
import { listAddresses } from './list-addresses.ts';

export const guestOperations: OperationTable<ProxmoxSession> = {
  // The agent's API has no way to set the environment of a program.
  'vm.exec': { run: execCommand, plan: planExec, without: ['environment'] },
  'vm.copy': { run: copyFile, plan: planCopy },
  'vm.addresses': listAddresses,
  'vm.freeze': { run: freezeGuest, plan: planFreeze },
};
