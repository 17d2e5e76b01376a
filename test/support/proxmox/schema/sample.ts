import { expressionOf } from './primitives.ts';
import type { Definition, PropertyScheme } from './types.ts';

/** A minimal answer as the schema declares it: what is required, with the least values. */
export function sampleReturn(definition: Definition): unknown {
  switch (definition.type) {
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(
        Object.entries(definition.properties ?? {})
          .filter(([name, part]) => !part.optional && !name.endsWith('[n]'))
          .map(([name, part]) => [name, sampleReturn(part)]),
      );
    case 'boolean':
      return 0;
    case 'integer':
    case 'number':
      return typeof definition.minimum === 'number' ? definition.minimum : 0;
    case 'string':
      return String(definition.enum?.[0] ?? samples[String(definition.format)] ?? 'sample');
    default:
      return null;
  }
}

/** One right value of each format that takes not just any word. */
export const samples: Readonly<Record<string, string>> = {
  'pve-vmid': '100',
  'pve-volume-id': 'local:iso/sample.iso',
  'pve-userid': 'sample@pve',
  'pve-tokenid': 'sample@pve!token',
  'pve-priv': 'VM.Audit',
  'pve-replication-job-id': '100-0',
  'pve-ha-resource-id': 'vm:100',
  'pve-ha-resource-or-vm-id': 'vm:100',
  'pve-calendar-event': 'daily',
  'pve-day-of-week': 'mon',
  'pve-cpuset': '0-1',
  'disk-size': '4G',
  'mac-addr': 'BC:24:11:00:00:01',
  'mac-prefix': 'BC:24:11',
  email: 'sample@example.com',
  'email-opt': 'sample@example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  ip: '192.0.2.1',
  CIDRv4: '192.0.2.0/24',
  CIDRv6: '2001:db8::/64',
  CIDR: '192.0.2.0/24',
  FullRangeCIDR: '192.0.2.0/24',
  ipv4mask: '255.255.255.0',
  'pve-ipv4-config': 'dhcp',
  'pve-ipv6-config': 'auto',
  'pve-storage-content': 'images',
  'pve-storage-path': '/mnt/sample',
  'pve-volume-id-or-qm-path': 'local:100/vm-100-disk-0.qcow2',
  'pve-volume-id-or-absolute-path': 'local:100/vm-100-disk-0.raw',
  'pve-lxc-mp-string': '/mnt/data',
  'pve-vlan-id-or-range': '10-20',
  'pve-hotplug-features': 'network,disk',
};

/** The shortest property string that its scheme takes. */
export function samplePropertyString(scheme: PropertyScheme): string {
  return Object.entries(scheme)
    .filter(([, part]) => !part.optional && part.alias === undefined)
    .map(([key, part]) => `${key}=${samplePart(part)}`)
    .join(',');
}

function samplePart(part: PropertyScheme[string]): string {
  if (part.enum !== undefined) return String(part.enum[0]);
  if (part.type === 'boolean') return '1';
  if (part.type === 'integer' || part.type === 'number') return String(part.minimum ?? 1);
  if (part.pattern !== undefined) return sampleOfPattern(part.pattern) ?? 'sample';
  return samples[part.format ?? ''] ?? 'sample';
}

/** One of these matches nearly every pattern of the schemas. */
const words = [
  ...[
    'sample',
    '100',
    '1',
    'a1',
    '10G',
    '0000:00:00.0',
    '1234:abcd',
    '/dev/sample',
    'BC:24:11:00:00:01',
    '192.0.2.1',
    '22:00',
  ],
  ...[
    'UPID:pve1:00000001:00000001:00000001:sample:1:root@pam:',
    'http://192.0.2.1/',
    'a@pve',
    '1=2',
    'AA'.repeat(16),
    'acl',
  ],
  ...[
    Array.from({ length: 32 }, () => 'AA').join(':'),
    '1/second',
    '1-1',
    'a:000000',
    '100-0',
    'mon',
    '0644',
    'discard',
    'scsi0',
  ],
  ...[
    '0x0123456789abcdef',
    'q35',
    '/dev/parport0',
    'now',
    '/var/tmp/pveupload-0',
    'pve1c-0123456789',
    '2026-01-31',
    '+aes',
  ],
  ...['47.0001.0002.0003.00', 'passthrough', 'net0=1500'],
];

/** A word that matches; nothing where none of the known ones does. */
export function sampleOfPattern(pattern: string): string | undefined {
  return words.find(word => expressionOf(pattern).test(word));
}
