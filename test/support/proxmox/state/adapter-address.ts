import type { GuestType } from './guests.ts';

let count = 0;

/** An address that no other adapter of this process has. */
function freshAddress(): string {
  count++;
  const bytes = [0xbc, 0x24, 0x11, 0x80 | ((count >> 16) & 0x7f), (count >> 8) & 255, count & 255];
  return bytes.map(byte => byte.toString(16).toUpperCase().padStart(2, '0')).join(':');
}

const models =
  /^(virtio|e1000|e1000e|e1000-82540em|e1000-82544gc|e1000-82545em|i82551|i82557b|i82559er|ne2k_isa|ne2k_pci|pcnet|rtl8139|vmxnet3)$/;

/** A setting of an adapter as it is kept: an address is found for those that came without one, at each change anew. */
export function withAddress({ type }: { readonly type: GuestType }, key: string, value: string): string {
  if (!/^net\d+$/.test(key)) return value;
  const parts = value.split(',').map(part => part.split('=')) as [string, string?][];
  if (type === 'lxc') {
    const rest = parts.some(([name]) => name === 'hwaddr') ? '' : `,hwaddr=${freshAddress()}`;
    return `${value}${rest}${parts.some(([name]) => name === 'type') ? '' : ',type=veth'}`;
  }
  const named = parts.find(([name, text]) => models.test(name) && text !== undefined);
  if (named !== undefined) return value;
  const model =
    parts.find(([name]) => models.test(name))?.[0] ?? parts.find(([name]) => name === 'model')?.[1] ?? 'virtio';
  const address = parts.find(([name]) => name === 'macaddr')?.[1] ?? freshAddress();
  const others = parts.filter(([name]) => name !== 'model' && name !== 'macaddr' && !models.test(name));
  return [`${model}=${address}`, ...others.map(([name, text]) => `${name}=${text}`)].join(',');
}

/** The same with another address, for a copy. */
export function otherAddress(value: string): string {
  return value.replace(/[0-9A-F]{2}(:[0-9A-F]{2}){5}/i, freshAddress());
}
