import { isIPv4, isIPv6 } from 'node:net';

/** A value of one named format; the answer says what is wrong with it. */
type Check = (value: string) => string | undefined;

const like =
  (pattern: RegExp, problem: string): Check =>
  value =>
    pattern.test(value) ? undefined : problem;
const configId = /^[a-z][a-z0-9_-]+$/i;
const isCidr4 = (value: string) => {
  const [address = '', bits = ''] = value.split('/');
  return isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
};
const isCidr6 = (value: string) => {
  const [address = '', bits = ''] = value.split('/');
  return isIPv6(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= 128;
};
const when =
  (test: (value: string) => boolean, problem: string): Check =>
  value =>
    test(value) ? undefined : problem;
const dnsLabels = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const isAddress = (value: string) => isIPv4(value) || isIPv6(value) || dnsLabels.test(value);
const volumeId = /^[a-z][a-z0-9\-_.]*[a-z0-9]:[^\s].*$/i;
const userId = /^[^\s:/]+@[a-z][a-z0-9.\-_]+$/i;
const node = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;
const contents = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import', 'none'];
const calendar = /^[\d\w*/:,.\-\s]+$/;

const checks: Readonly<Record<string, Check>> = {
  'pve-vmid': like(/^[1-9][0-9]{2,8}$/, 'value does not look like a valid VM ID'),
  'pve-node': like(node, 'value does not look like a valid node name'),
  'pve-configid': value => (configId.test(value) ? undefined : `invalid configuration ID '${value}'`),
  'pve-storage-id': value =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value) ? undefined : `storage ID '${value}' contains illegal characters`,
  'pve-storage-content': value => (contents.includes(value) ? undefined : `invalid content type '${value}'`),
  'pve-volume-id': value => (volumeId.test(value) ? undefined : `unable to parse volume ID '${value}'`),
  'pve-userid': value => (userId.test(value) ? undefined : `value '${value}' does not look like a valid user name`),
  'pve-tokenid': like(/^[^\s:/]+@[^\s:/!]+![a-z][a-z0-9.\-_]+$/i, 'value does not look like a valid token ID'),
  'pve-realm': like(/^[a-z][a-z0-9.\-_]+$/i, 'value does not look like a valid realm'),
  'pve-groupid': like(/^[a-z0-9.\-_]+$/i, 'value does not look like a valid group name'),
  'pve-roleid': like(/^[a-z0-9.\-_]+$/i, 'value does not look like a valid role name'),
  'pve-poolid': like(/^[a-z0-9.\-_]+(\/[a-z0-9.\-_]+){0,2}$/i, 'value does not look like a valid pool name'),
  'pve-priv': like(/^[A-Z][A-Za-z.]+$/, 'value does not look like a valid privilege'),
  'pve-iface': like(/^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i, 'value does not look like a valid interface'),
  'pve-bridge-id': like(/^[-_.\w\d]+$/, 'value does not look like a valid bridge'),
  'pve-sdn-zone-id': like(/^[a-z][a-z0-9]{0,7}$/i, 'zone ID contains illegal characters'),
  'pve-sdn-vnet-id': like(/^[a-z][a-z0-9]{0,7}$/i, 'vnet ID contains illegal characters'),
  'pve-replication-job-id': like(/^[1-9][0-9]{2,8}-\d{1,9}$/, 'value does not look like a valid replication job id'),
  'pve-ha-resource-id': like(/^(vm|ct):[1-9][0-9]{2,8}$/, 'value does not look like a valid ha resource id'),
  'pve-ha-resource-or-vm-id': like(/^((vm|ct):)?[1-9][0-9]{2,8}$/, 'value does not look like a valid ha resource id'),
  'pve-ha-group-node': like(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(:\d+)?$/i,
    'value does not look like a valid ha group node',
  ),
  'pve-ha-node': like(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(:\d+)?$/i, 'value does not look like a valid ha node'),
  'pve-calendar-event': like(calendar, 'unable to parse calendar event'),
  'pve-tag': like(/^[a-z0-9_][a-z0-9_\-+.]*$/i, 'invalid characters in tag'),
  'pve-day-of-week': like(/^(mon|tue|wed|thu|fri|sat|sun)$/i, 'invalid day'),
  'storage-pair': like(/^(1|[a-z][\w.-]*(:[a-z][\w.-]*)?)$/i, 'value does not look like a valid storage pair'),
  'bridge-pair': like(/^(1|[\w.-]+(:[\w.-]+)?)$/, 'value does not look like a valid bridge pair'),
  'pve-cpuset': like(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'value does not look like a valid cpuset'),
  'disk-size': like(/^\d+(\.\d+)?[KMGT]?$/, 'value does not look like a valid disk size'),
  'mac-addr': like(/^[a-f0-9][02468ace](:[a-f0-9]{2}){5}$/i, 'value does not look like a valid unicast MAC address'),
  'mac-prefix': like(
    /^[a-f0-9][02468ace]((:[a-f0-9]{2}){1,2}:?)?$/i,
    'value is not a valid unicast MAC address prefix',
  ),
  'dns-name': like(dnsLabels, 'value does not look like a valid DNS name'),
  'ldap-simple-attr': like(/^[a-z0-9]+$/i, 'value does not look like a simple ldap attribute name'),
  email: like(/^[^\s@]+@[^\s@]+$/, 'value does not look like a valid email address'),
  'email-opt': like(/^([^\s@]+@[^\s@]+)?$/, 'value does not look like a valid email address'),
  'email-or-username': like(/^\S+$/, 'value does not look like a valid email address or user name'),
  urlencoded: value => decodes(value),
  ipv4: when(isIPv4, 'value does not look like a valid IPv4 address'),
  ipv6: when(isIPv6, 'value does not look like a valid IPv6 address'),
  ip: when(value => isIPv4(value) || isIPv6(value), 'value does not look like a valid IP address'),
  CIDRv4: when(isCidr4, 'value does not look like a valid IPv4 network'),
  CIDRv6: when(isCidr6, 'value does not look like a valid IPv6 network'),
  CIDR: when(value => isCidr4(value) || isCidr6(value), 'value does not look like a valid CIDR network'),
  FullRangeCIDR: when(value => isCidr4(value) || isCidr6(value), 'value does not look like a valid CIDR network'),
  ipv4mask: when(isIPv4, 'value does not look like a valid IPv4 netmask'),
  'pve-ipv4-config': when(
    value => value === 'dhcp' || value === 'manual' || isCidr4(value),
    'value does not look like a valid IPv4 network configuration',
  ),
  'pve-ipv6-config': when(
    value => ['auto', 'dhcp', 'manual'].includes(value) || isCidr6(value),
    'value does not look like a valid IPv6 network configuration',
  ),
  address: when(isAddress, 'value does not look like a valid address'),
  'pve-storage-server': when(isAddress, 'value does not look like a valid DNS name or IP address'),
  'pve-storage-path': like(/^\/[^\n]*$/, 'value does not look like a valid absolute path'),
  'pve-volume-id-or-qm-path': like(/^(none|cdrom|\/.*|[a-z][a-z0-9\-_.]*[a-z0-9]:[^\s]+)$/i, 'unable to parse volume'),
  'pve-volume-id-or-absolute-path': like(/^(\/.*|[a-z][a-z0-9\-_.]*[a-z0-9]:[^\s]+)$/i, 'unable to parse volume'),
  // Volumes are checked by it as well as paths.
  'pve-lxc-mp-string': when(value => !/\/\.\.?(\/|$)/.test(value), 'value does not look like a valid mount point'),
  'pve-vlan-id-or-range': like(/^\d{1,4}(-\d{1,4})?$/, 'value does not look like a valid VLAN'),
  'pve-hotplug-features': value =>
    value.split(',').every(part => /^(0|1|network|disk|cpu|memory|usb|cloudinit)$/.test(part))
      ? undefined
      : `unknown hotplug feature in '${value}'`,
};

function decodes(value: string): string | undefined {
  try {
    decodeURIComponent(value);
    return undefined;
  } catch {
    return 'value is not valid urlencoded';
  }
}

/** What is wrong with a value of that format. Formats that are not known here take anything. */
export function checkFormat(format: string, value: string): string | undefined {
  const direct = checks[format];
  if (direct !== undefined) return direct(value);
  const element = /^(.+)-list$/.exec(format)?.[1];
  const check = element === undefined ? undefined : checks[element];
  if (check === undefined) return undefined;
  return value
    .split(/[,;\s\0]+/)
    .filter(part => part !== '')
    .map(check)
    .find(problem => problem !== undefined);
}

export const knownFormats: ReadonlySet<string> = new Set(Object.keys(checks));
