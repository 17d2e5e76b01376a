import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/errors/fault.ts';
import { encodeRequest } from '../../../../src/providers/proxmox/client/encode-request.ts';

describe('a request', () => {
  it('takes from its parameters what its path names, and the rest into query or form', () => {
    const params = { node: 'pve1', type: 'lxc', vmid: 100, force: true, tags: ['a b', 'c&d'], left: undefined };
    const path = '/nodes/{node}/{type}/{vmid}/config';
    expect(encodeRequest({ method: 'GET', path, params })).toEqual({
      method: 'GET',
      path: '/nodes/pve1/lxc/100/config',
      target: '/api2/json/nodes/pve1/lxc/100/config?force=1&tags=a+b&tags=c%26d',
      form: undefined,
      node: 'pve1',
    });
    const { target, form } = encodeRequest({ method: 'PUT', path, params: { ...params, force: false } });
    expect(target).toBe('/api2/json/nodes/pve1/lxc/100/config');
    expect(form).toBe('force=0&tags=a+b&tags=c%26d');
    expect(encodeRequest({ method: 'POST', path: '/cluster/config' }).form).toBe('');
    expect(
      encodeRequest({ method: 'DELETE', path: '/storage/{storage}', params: { storage: 'x', purge: true } }).target,
    ).toBe('/api2/json/storage/x?purge=1');
  });

  it('lets a volume have slashes, and nothing else', () => {
    const volume = 'local:iso/debian 12.iso';
    expect(encodeRequest({ method: 'GET', path: '/storage/{volume}', params: { volume } }).path).toBe(
      '/storage/local%3Aiso%2Fdebian%2012.iso',
    );
    for (const wrong of ['a/../b', '..', '.', 'a//b', '/a', 'a/', '']) {
      expect(() => encodeRequest({ method: 'GET', path: '/x/{volume}', params: { volume: wrong } })).toThrow(Fault);
    }
    expect(() => encodeRequest({ method: 'GET', path: '/x/{node}', params: { node: 'a/b' } })).toThrow(/"node"/);
    expect(() => encodeRequest({ method: 'GET', path: '/x/{node}', params: {} })).toThrow(/"node"/);
  });

  // The server decodes the whole path before it takes it apart.
  it('stays on its path, whatever a name holds', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom(
          '/',
          '.',
          '%',
          '2',
          'F',
          'e',
          '\\',
          '?',
          '#',
          '&',
          '=',
          '\r',
          '\n',
          '\0',
          ' ',
          'ä',
          '+',
          ';',
        ),
      }),
    );
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        const request = { method: 'GET', path: '/nodes/{node}/end', params: { node: name, other: value } } as const;
        let encoded: ReturnType<typeof encodeRequest>;
        try {
          encoded = encodeRequest(request);
        } catch (error) {
          return error instanceof Fault && error.code === 'invalid';
        }
        const [path = '', query = '', ...more] = encoded.target.split('?');
        const url = new URL(`https://pve1:8006${encoded.target}`);
        return (
          more.length === 0 &&
          /^[\x21-\x7e]+$/.test(encoded.target) &&
          decodeURIComponent(path) === `/api2/json/nodes/${name}/end` &&
          decodeURIComponent(path).split('/').length === 6 &&
          decodeURIComponent(url.pathname) === `/api2/json/nodes/${name}/end` &&
          new URLSearchParams(query).get('other') === value.toWellFormed()
        );
      }),
      { numRuns: 300 },
    );
  });
});
