import type { Log } from '../../host/log.ts';
import type { Paths } from '../../host/paths.ts';
import type { Environment } from '../environment.ts';
import type { ProxmoxClient } from './client/client.ts';

/** A machine or container as /cluster/resources tells it. */
export interface Guest {
  /** e.g. `proxmox:lab/100`. */
  readonly id: string;
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly name: string;
  /** Proxmox's own word: running, stopped, paused … */
  readonly status: string;
  readonly template: boolean;
  readonly lock: string | undefined;
  readonly tags: readonly string[];
}

/** What is held open for one host of the configuration. */
export interface ProxmoxSession {
  /** Name of the host in the configuration. */
  readonly host: string;
  readonly client: ProxmoxClient;
  readonly log: Log;
  readonly paths: Paths;
  /** Whether callers may see a machine. */
  readonly allowsMachine: Environment['allowsMachine'];
  /** Where the machine of that id is now. Throws `not_found` with similar names. */
  findGuest(vm: string, signal: AbortSignal): Promise<Guest>;
  /** All of them; kept for two seconds, and until something is changed from here. */
  listGuests(signal: AbortSignal): Promise<readonly Guest[]>;
  /** The same text for all nodes of one cluster; undefined when it can not be told. */
  clusterIdentity(signal: AbortSignal): Promise<string | undefined>;
}
