import { ApiError, parameterError } from '../schema/api-error.ts';
import type { ClusterNode } from '../state/cluster.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { typedBy } from '../state/typed-config.ts';
import { requireNodeNamed } from './cluster.ts';

type Interfaces = Map<string, Record<string, string>>;

function nodeOf({ cluster, params }: HandlerCall): ClusterNode {
  return requireNodeNamed(cluster, params.text('node'));
}

/** What will be after the next reload; made when the first change comes. */
function changesOf(node: ClusterNode): Interfaces {
  node.changes ??= new Map([...node.network].map(([name, settings]) => [name, { ...settings }]));
  return node.changes;
}

function sent({ params }: HandlerCall): Record<string, string> {
  const entries = Object.entries(params.values).filter(([key]) => !['node', 'delete'].includes(key));
  const settings = Object.fromEntries(
    entries.map(([key, value]) => [key, value === true ? '1' : value === false ? '0' : String(value)]),
  );
  const bare =
    settings.cidr === undefined
      ? {}
      : { address: settings.cidr.split('/')[0] ?? '', netmask: settings.cidr.split('/')[1] ?? '' };
  const full =
    settings.address !== undefined && settings.netmask !== undefined && settings.cidr === undefined
      ? { cidr: `${settings.address}/${bitsOf(settings.netmask)}` }
      : {};
  const isStatic = settings.cidr !== undefined || settings.address !== undefined;
  return {
    ...settings,
    ...bare,
    ...full,
    method: isStatic ? 'static' : 'manual',
    method6: settings.cidr6 === undefined ? 'manual' : 'static',
  };
}

function bitsOf(netmask: string): number {
  return netmask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0);
}

function checkPorts(changes: Interfaces, settings: Record<string, string>): void {
  const missing = (settings.bridge_ports ?? settings.slaves ?? '')
    .split(/[,;\s]+/)
    .find(name => name !== '' && name !== 'none' && !changes.has(name.split('.')[0] ?? ''));
  if (missing !== undefined) throw new ApiError(500, `unable to find port '${missing}'`);
}

const list: Handler = call => {
  const node = nodeOf(call);
  const { params, method, extra } = call;
  const shown = node.changes ?? node.network;
  const wanted = params.maybeText('type');
  const bridges = ['bridge', 'OVSBridge', 'vnet'];
  if (node.changes !== undefined) extra.changes = difference(node);
  return [...shown.values()]
    .filter(
      ({ type = '' }) =>
        wanted === undefined || type === wanted || (/bridge|include_sdn/.test(wanted) && bridges.includes(type)),
    )
    .map(settings => typedBy(method.returns.items?.properties ?? {}, settings));
};

/** As `diff -u` shows it, which the real one does. */
function difference({ network, changes }: ClusterNode): string {
  const text = (interfaces: Interfaces) =>
    [...interfaces.values()].map(({ iface, ...rest }) => `iface ${iface} ${JSON.stringify(rest)}`);
  const [before, after] = [text(network), text(changes ?? network)];
  const gone = before.filter(line => !after.includes(line)).map(line => `-${line}`);
  const come = after.filter(line => !before.includes(line)).map(line => `+${line}`);
  return ['--- /etc/network/interfaces', '+++ /etc/network/interfaces.new', ...gone, ...come, ''].join('\n');
}

const at = '/nodes/{node}/network';

export const networkHandlers: Handlers = {
  [`GET ${at}`]: list,
  [`POST ${at}`]: call => {
    const node = nodeOf(call);
    const name = call.params.text('iface');
    const settings = sent(call);
    if ((node.changes ?? node.network).has(name)) throw parameterError({ iface: 'interface already exists' });
    checkPorts(node.changes ?? node.network, settings);
    changesOf(node).set(name, settings);
  },
  [`GET ${at}/{iface}`]: call => {
    const { changes, network } = nodeOf(call);
    const settings = (changes ?? network).get(call.params.text('iface'));
    if (settings === undefined) throw parameterError({ iface: 'interface does not exist' });
    const { iface: _, ...rest } = settings;
    return typedBy(call.cluster.schema.paths.get(at)?.get('GET')?.returns.items?.properties ?? {}, rest);
  },
  [`PUT ${at}/{iface}`]: call => {
    const node = nodeOf(call);
    const name = call.params.text('iface');
    const known = (node.changes ?? node.network).get(name);
    if (known === undefined) throw parameterError({ iface: 'interface does not exist' });
    checkPorts(node.changes ?? node.network, sent(call));
    const next: Record<string, string> = { ...known, ...sent(call) };
    for (const key of call.params.words('delete')) delete next[key];
    changesOf(node).set(name, next);
  },
  [`DELETE ${at}/{iface}`]: call => {
    const node = nodeOf(call);
    const name = call.params.text('iface');
    if (!(node.changes ?? node.network).has(name)) throw parameterError({ iface: 'interface does not exist' });
    changesOf(node).delete(name);
  },
  [`PUT ${at}`]: call => {
    const node = nodeOf(call);
    const { cluster, account } = call;
    return cluster.startTask({
      node: node.name,
      type: 'srvreload',
      id: 'networking',
      account,
      run: () => {
        for (const settings of node.changes?.values() ?? []) settings.active = '1';
        node.network = node.changes ?? node.network;
        node.changes = undefined;
      },
    });
  },
  [`DELETE ${at}`]: call => {
    nodeOf(call).changes = undefined;
  },
};
