import { isIP, isIPv4, isIPv6 } from 'node:net';

type Test = (value: string) => boolean;

const like =
  (pattern: RegExp): Test =>
  value =>
    pattern.test(value);
const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const dnsName = new RegExp(`^${label}(\\.${label})*$`);

/** Names and addresses, of which is known only that nothing in them is blank. */
const words = [
  'pve-realm pve-groupid pve-roleid pve-tokenid pve-priv pve-iface pve-bridge-id pve-tag pve-cpuset pve-day-of-week',
  'pve-sdn-zone-id pve-sdn-vnet-id pve-sdn-ipam-id pve-sdn-dns-id pve-sdn-controller-id pve-ha-resource-id',
  'pve-ha-group-node pve-ha-node pve-storage-content pve-storage-server pve-vlan-id-or-range pve-hotplug-features',
  'storage-pair bridge-pair mac-prefix address FullRangeCIDR ipv4mask pve-ipv4-config pve-ipv6-config email',
  'email-or-username ldap-simple-attr',
].flatMap(line => line.split(' '));
const word = like(/^[^\s\p{Cc}]+$/u);
const line = like(/^[^\p{Cc}]+$/u);

/** Formats whose values are known well enough to refuse others; the server judges the rest. */
const tests: Readonly<Record<string, Test>> = {
  ...Object.fromEntries(words.map(name => [name, word])),
  'email-opt': value => value === '' || word(value),
  'pve-calendar-event': line,
  'pve-storage-path': line,
  'pve-volume-id-or-qm-path': line,
  'pve-volume-id-or-absolute-path': line,
  'pve-lxc-mp-string': line,
  'pve-vmid': like(/^[1-9]\d{2,8}$/),
  'pve-node': like(new RegExp(`^${label}$`)),
  'pve-configid': like(/^[A-Za-z][\w-]+$/),
  'pve-storage-id': like(/^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]$/),
  'pve-volume-id': like(/^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]:\S/),
  'pve-userid': like(/^[^\s:/]+@[A-Za-z][\w.-]+$/),
  'pve-poolid': like(/^[\w.-]+(\/[\w.-]+){0,2}$/),
  'pve-replication-job-id': like(/^[1-9]\d{2,8}-\d{1,9}$/),
  'pve-ha-resource-or-vm-id': like(/^([a-z]+:)?[1-9]\d{2,8}$/),
  'mac-addr': like(/^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/),
  'disk-size': like(/^\d+(\.\d+)?[KMGT]?$/),
  'dns-name': like(dnsName),
  ip: value => isIP(value) !== 0,
  ipv4: isIPv4,
  ipv6: isIPv6,
  CIDR: value => isCidr(value, isIPv4, 32) || isCidr(value, isIPv6, 128),
  CIDRv4: value => isCidr(value, isIPv4, 32),
  CIDRv6: value => isCidr(value, isIPv6, 128),
};

/** False when the value is certainly not of the format; a list is taken apart. */
export function fitsFormat(format: string, value: string): boolean {
  const test = Object.hasOwn(tests, format) ? tests[format] : undefined;
  if (test !== undefined) return test(value);
  const element = format.endsWith('-list') ? format.slice(0, -5) : '';
  const ofElement = Object.hasOwn(tests, element) ? tests[element] : undefined;
  return ofElement === undefined || splitList(value).every(ofElement);
}

/** Names of the formats whose values are looked at. */
export const knownFormats: readonly string[] = Object.keys(tests);

function splitList(value: string): string[] {
  return value.split(/[\s,;\0]+/).filter(part => part !== '');
}

function isCidr(value: string, isAddress: Test, longest: number): boolean {
  const [address = '', bits = '', ...rest] = value.split('/');
  return rest.length === 0 && isAddress(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= longest;
}
