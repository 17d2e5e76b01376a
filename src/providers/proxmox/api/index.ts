import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { callApi, planCallApi } from './call-api.ts';
import { describeApi } from './describe-api.ts';

export const apiOperations = {
  'proxmox.api': { run: callApi, plan: planCallApi },
  'proxmox.api.describe': describeApi,
} satisfies OperationTable<ProxmoxSession>;
