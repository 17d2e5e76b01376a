import type { ProbeCheck } from '../../model/provider.ts';
import type { Environment } from '../environment.ts';

/** Whether a host is configured; whether it answers is told by host.test, and by each answer. */
export async function probe({ hosts }: Environment): Promise<ProbeCheck[]> {
  if (hosts.length > 0) return [{ name: 'hosts', passed: true, reason: `Configured: ${hosts.join(', ')}.` }];
  return [
    {
      name: 'hosts',
      passed: false,
      reason: 'No host is configured.',
      remedy: 'vmbridge host add <name> --provider proxmox --address <host:8006> --user <user@realm> --token <id>',
    },
  ];
}
