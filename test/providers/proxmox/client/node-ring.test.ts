import { describe, expect, it } from 'vitest';
import { parseNodeAddress } from '../../../../src/providers/proxmox/client/node-address.ts';
import { NodeRing } from '../../../../src/providers/proxmox/client/node-ring.ts';

describe('the nodes of a cluster', () => {
  const open = (rest?: number) => {
    const ring = new NodeRing(['a', 'b', 'c'].map(parseNodeAddress), () => Promise.reject(new Error('none')), rest);
    const order = () =>
      ring
        .order()
        .map(({ address }) => address.host)
        .join('');
    const told = (host: string, answered: boolean) => {
      const node = ring.order().find(({ address }) => address.host === host);
      if (node !== undefined) ring.remember(node, answered);
    };
    return { order, told };
  };

  it('are asked in the order of the settings, the one that answered first of all', () => {
    const { order, told } = open();
    expect(order()).toBe('abc');
    told('b', true);
    expect(order()).toBe('bac');
  });

  it('that failed are asked last, the longest ago before the others', () => {
    const { order, told } = open();
    told('a', false);
    expect(order()).toBe('bca');
    told('b', true);
    told('b', false);
    expect(order()).toBe('cab');
    told('a', true);
    expect(order()).toBe('acb');
  });

  it('that failed are as good as the others after a while', async () => {
    const { order, told } = open(20);
    told('a', false);
    told('b', true);
    told('c', false);
    expect(order()).toBe('bac');
    told('b', false);
    await new Promise(resolve => setTimeout(resolve, 40));
    told('c', true);
    expect(order()).toBe('cab');
  });
});
