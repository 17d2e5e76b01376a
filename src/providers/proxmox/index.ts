import { defineProvider, type OperationTable } from '../define-provider.ts';
import { apiOperations } from './api/index.ts';
import { backupOperations } from './backups/index.ts';
import { clusterOperations } from './cluster/index.ts';
import { consoleOperations } from './console/index.ts';
import { guestOperations } from './guest/index.ts';
import { checkHost } from './host/check-host.ts';
import { testHost } from './host/test-host.ts';
import { machineOperations } from './machines/index.ts';
import { networkOperations } from './networks/index.ts';
import { closeSession, offeredTools, openSession } from './open-session.ts';
import { powerOperations } from './power/index.ts';
import { probe } from './probe.ts';
import type { ProxmoxSession } from './session.ts';
import { snapshotOperations } from './snapshots/index.ts';
import { storageOperations } from './storage/index.ts';
import { taskOperations } from './tasks/index.ts';

const operations: OperationTable<ProxmoxSession> = {
  ...machineOperations,
  ...powerOperations,
  ...snapshotOperations,
  ...guestOperations,
  ...consoleOperations,
  ...networkOperations,
  ...storageOperations,
  ...backupOperations,
  ...clusterOperations,
  ...taskOperations,
  ...apiOperations,
};

/** Proxmox VE 8 and 9, by its API. */
export default defineProvider<ProxmoxSession>({
  id: 'proxmox',
  title: 'Proxmox VE',
  platforms: ['linux', 'win32', 'darwin'],
  enabledByDefault: true,
  remote: true,
  probe,
  open: openSession,
  close: closeSession,
  offered: (session, signal) => offeredTools(session, Object.keys(operations), signal),
  facts: async (session, machines, call) => (await import('./facts.ts')).machineFacts(session, machines, call),
  checkHost,
  testHost,
  operations,
});
