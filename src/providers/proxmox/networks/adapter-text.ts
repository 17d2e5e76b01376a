import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { buildPropertyString, parsePropertyString } from '../property-string.ts';
import type { Guest } from '../session.ts';

export type AdapterSettings = Omit<ToolInput<'vm.adapter.set'>, 'vm' | 'adapter' | 'network'>;

/** What QEMU has in Proxmox VE. */
const models: readonly string[] = [
  ...['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'],
  ...['e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'i82551', 'i82557b', 'i82559er', 'ne2k_isa', 'ne2k_pci'],
  'pcnet',
];
const ofContainers = ['name', 'address', 'gateway', 'address6', 'gateway6'] as const;

/** The setting of an adapter with changes; everything else, its MAC first of all, stays as it is. `present`: as it was. */
export function changeAdapterText(
  type: Guest['type'],
  present: string | undefined,
  settings: AdapterSettings & { readonly bridge?: string | undefined },
  key: string,
): string {
  refuseWrongFields(type, settings);
  const before = parsePropertyString(present ?? '').properties;
  const head = type === 'qemu' ? machineHead(present, settings) : containerHead(before, settings, key);
  const properties = new Map([...head, ...[...before].filter(([name]) => !head.has(name) && !isModel(name))]);
  for (const [name, value] of changesOf(type, settings)) {
    if (value === undefined) properties.delete(name);
    else properties.set(name, value);
  }
  // Model and MAC are one property; the others that name them would contradict it.
  if (type === 'qemu') for (const name of ['model', 'macaddr']) if (!head.has(name)) properties.delete(name);
  return buildPropertyString({ properties: orderHead(head, properties) });
}

function orderHead(head: ReadonlyMap<string, string>, properties: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...[...head.keys()].map(name => [name, properties.get(name) ?? ''] as const), ...properties]);
}

function isModel(name: string): boolean {
  return models.includes(name);
}

/** virtio=BC:24:11:2A:00:01, or model=virtio where the server is to choose the address. */
function machineHead(present: string | undefined, { model, mac }: AdapterSettings): Map<string, string> {
  const { bare, properties } = parsePropertyString(present ?? '');
  const named = [...properties.keys()].find(isModel);
  const chosen = model ?? named ?? properties.get('model') ?? bare ?? 'virtio';
  const address = mac?.toUpperCase() ?? (named && properties.get(named)) ?? properties.get('macaddr');
  return new Map([address === undefined ? ['model', chosen] : [chosen, address]]);
}

/** name=eth1,hwaddr=BC:24:11:00:02:00; a new one is named by its number. */
function containerHead(
  before: ReadonlyMap<string, string>,
  { name, mac }: AdapterSettings,
  key: string,
): Map<string, string> {
  const chosen = name ?? before.get('name') ?? key.replace('net', 'eth');
  return new Map([['name', chosen], ...(mac === undefined ? [] : [['hwaddr', mac.toUpperCase()] as const])]);
}

/** What is set, or taken away where there is no value. */
function changesOf(
  type: Guest['type'],
  settings: AdapterSettings & { readonly bridge?: string | undefined },
): [name: string, value: string | undefined][] {
  const { bridge, vlan, firewall, rate, connected, mtu } = settings;
  const number = (value: number) => (value === 0 ? undefined : String(value));
  const address = (value: string) => (value === 'none' ? undefined : value);
  const all: [string, string | undefined, boolean][] = [
    ['bridge', bridge, bridge !== undefined],
    ['tag', number(vlan ?? 0), vlan !== undefined],
    ['firewall', firewall === 'yes' ? '1' : undefined, firewall !== undefined],
    ['rate', number(rate ?? 0), rate !== undefined],
    ['link_down', connected === 'no' ? '1' : undefined, connected !== undefined],
    ['mtu', number(mtu ?? 0), mtu !== undefined],
  ];
  const own: [string, string | undefined, boolean][] = (
    [
      ['ip', settings.address],
      ['gw', settings.gateway],
      ['ip6', settings.address6],
      ['gw6', settings.gateway6],
    ] as const
  ).map(([name, value]) => [name, address(value ?? 'none'), value !== undefined]);
  return [...all, ...(type === 'lxc' ? own : [])].flatMap(([name, value, isSet]) => (isSet ? [[name, value]] : []));
}

function refuseWrongFields(type: Guest['type'], settings: AdapterSettings): void {
  const wrong = type === 'qemu' ? ofContainers.find(field => settings[field] !== undefined) : undefined;
  if (wrong !== undefined) throw refuse(wrong, 'is set inside of a machine; only containers take it from outside.');
  if (settings.model === undefined) return;
  if (type === 'lxc') throw refuse('model', 'is for machines: containers have no models of adapters.');
  if (models.includes(settings.model)) return;
  throw new Fault('invalid', `There is no model "${settings.model}" of network adapters.`, {
    remedy: `Use one of: ${models.join(', ')}.`,
    data: { field: 'model', candidates: models },
  });
}

function refuse(field: string, why: string): Fault {
  return new Fault('unsupported', `"${field}" ${why}`, { remedy: `Leave "${field}" out.`, data: { field } });
}
