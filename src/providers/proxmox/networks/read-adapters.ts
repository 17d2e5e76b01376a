import { Fault } from '../../../errors/fault.ts';
import type { AdapterSettings, NetworkAdapter } from '../../../model/network-adapter.ts';
import type { Operation } from '../../define-provider.ts';
import { adaptersOf } from '../machines/machine-parts.ts';
import { readConfiguration } from '../machines/read-machine.ts';
import { parsePropertyString } from '../property-string.ts';
import { numberOf, type ReplyRecord, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';

export const listAdapters: Operation<ProxmoxSession, 'vm.adapter.list'> = async (session, { vm }, { signal }) => {
  const guest = await session.findGuest(vm, signal);
  return { adapters: networkAdaptersOf(await readConfiguration(session, guest, signal)) };
};

/** net0: name=eth0,bridge=vmbr0,gw=192.0.2.1,hwaddr=BC:24:11:00:02:00,ip=192.0.2.9/24,mtu=1400,rate=12.5,type=veth */
export function networkAdaptersOf(configuration: ReplyRecord): NetworkAdapter[] {
  return adaptersOf(configuration).map(adapter => {
    const { properties } = parsePropertyString(textOf(configuration[adapter.key]) ?? '');
    const rate = numberOf(properties.get('rate'));
    const mtu = numberOf(properties.get('mtu'));
    const texts = { address: 'ip', address6: 'ip6', gateway: 'gw', gateway6: 'gw6' } as const;
    return {
      ...adapter,
      ...(rate === undefined ? {} : { rate }),
      ...(mtu === undefined ? {} : { mtu }),
      ...Object.fromEntries(
        Object.entries(texts).flatMap(([field, key]) => {
          const value = properties.get(key);
          return value === undefined ? [] : [[field, value]];
        }),
      ),
    };
  });
}

/** What would have to be set to have it as it is. */
export function settingsOf(adapter: NetworkAdapter, type: 'qemu' | 'lxc'): AdapterSettings {
  const { bridge, model, mac, vlan = 0, firewall = false, rate = 0, connected, mtu = 0, name } = adapter;
  const { address = 'manual', gateway = 'none', address6 = 'manual', gateway6 = 'none' } = adapter;
  return {
    ...(bridge === undefined ? {} : { network: bridge }),
    ...(mac === undefined ? {} : { mac }),
    vlan,
    firewall: firewall ? 'yes' : 'no',
    rate,
    connected: connected ? 'yes' : 'no',
    mtu,
    ...(type === 'qemu' ? { ...(model === undefined ? {} : { model }) } : { address, gateway, address6, gateway6 }),
    ...(name === undefined ? {} : { name }),
  };
}

/** Throws `not_found` with the keys that there are. */
export function findAdapter(adapters: readonly NetworkAdapter[], key: string, name: string): NetworkAdapter {
  const found = adapters.find(adapter => adapter.key === key);
  if (found !== undefined) return found;
  const candidates = adapters.map(adapter => adapter.key);
  throw new Fault('not_found', `The machine "${name}" has no network adapter "${key}".`, {
    remedy: candidates.length === 0 ? 'Add one with vm.adapter.add.' : `Use one of: ${candidates.join(', ')}.`,
    data: { field: 'adapter', candidates },
  });
}
