import path from 'node:path';
import { ApprovalStore } from '../bridge/approvals/approval-store.ts';
import type { BridgeServices } from '../bridge/bridge-services.ts';
import type { Configuration } from '../bridge/configuration/schema.ts';
import { Credentials } from '../bridge/credentials/credentials.ts';
import { HostBook } from '../bridge/hosts/host-book.ts';
import { Operations } from '../bridge/operations/registry.ts';
import { UndoBook } from '../bridge/undo/undo-book.ts';
import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import { ProviderRegistry } from '../inventory/provider-registry.ts';
import { defaultMinutes } from './approvals/needs-approval.ts';
import { allowsMachine, type GuardSettings } from './guard.ts';
import { Router } from './route.ts';
import { version } from './version.ts';

export interface DispatcherSettings {
  readonly paths: Paths;
  readonly configuration: Configuration;
  readonly guard: GuardSettings;
  readonly log: Log;
}

/** What one process holds once, and who finds the one that answers a call. */
export function openServices(settings: DispatcherSettings): { services: BridgeServices; router: Router } {
  const { paths, configuration, log, guard } = settings;
  const hosts = new HostBook(paths.configuration, configuration.hosts, log);
  const credentials = new Credentials({ state: paths.state, hosts: () => hosts.hosts() });
  const services: BridgeServices = {
    paths,
    configuration,
    log,
    hosts,
    credentials,
    operations: new Operations({ folder: path.join(paths.state, 'operations'), log }),
    approvals: new ApprovalStore({
      folder: path.join(paths.state, 'approvals'),
      state: paths.state,
      minutes: configuration.approvals?.minutes ?? defaultMinutes,
      reportForged: id =>
        log.error(`The record of the approval "${id}" was not written by vmbridge, or was changed since.`),
    }),
    undo: new UndoBook(path.join(paths.state, 'undo')),
    calls: {
      run: (...call) => router.run(...call),
      plan: (...call) => router.plan(...call),
    },
    providers: new ProviderRegistry({
      paths,
      log,
      version,
      providers: configuration.providers ?? {},
      engine: configuration.engine ?? {},
      allowsMachine: machine => allowsMachine(guard, machine),
      hosts: () => hosts.hosts(),
      readSecret: (name, secretSignal) => credentials.read(name, secretSignal),
      deadlineMilliseconds: toMilliseconds(configuration.inventory?.deadlineSeconds),
    }),
  };
  const router = new Router(services, guard);
  return { services, router };
}

function toMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
