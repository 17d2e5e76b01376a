import type { Guest, ProxmoxSession } from '../session.ts';

/** What high availability calls a machine: `vm:100` or `ct:101`. */
export function serviceOf({ type, vmid }: Pick<Guest, 'type' | 'vmid'>): string {
  return `${type === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
}

/** The id of the machine that is called so; undefined where it is none. */
export function idOfService({ host }: Pick<ProxmoxSession, 'host'>, service: string): string | undefined {
  const vmid = /^(?:vm|ct):(\d+)$/.exec(service)?.[1];
  return vmid === undefined ? undefined : `proxmox:${host}/${vmid}`;
}
