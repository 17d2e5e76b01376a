import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import { ask } from './support/ask.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `the contract server of %s ${missing ?? ''}`,
  version => {
    let server: ContractServer;
    beforeAll(async () => {
      server = await startContractServer({ version });
    });
    afterAll(() => server.close());
    const root = (method: string, path: string, params?: object) =>
      ask(server, method, path, params, { Authorization: tokenHeader(server.rootToken) });

    it('answers its version', async () => {
      expect(await root('GET', '/version')).toMatchObject({ status: 200, data: { release: version } });
    });

    it('lists machines with their states', async () => {
      const { data } = await root('GET', '/cluster/resources?type=vm');
      expect(data).toHaveLength(6);
      expect(data).toContainEqual(expect.objectContaining({ vmid: 100, status: 'running', name: 'web', pool: 'shop' }));
    });

    it('starts a machine by a task and tells how it went', async () => {
      const { data: upid } = await root('POST', '/nodes/pve2/qemu/101/status/start');
      expect(upid).toMatch(/^UPID:pve2:.*:qmstart:101:root@pam!full:$/);
      const at = `/nodes/pve2/tasks/${encodeURIComponent(String(upid))}`;
      await server.settleTasks();
      expect(await root('GET', `${at}/status`)).toMatchObject({ data: { status: 'stopped', exitstatus: 'OK' } });
      expect(await root('GET', `${at}/log`)).toMatchObject({
        data: [{ n: 1, t: 'TASK OK' }],
        body: expect.stringContaining('"total":1'),
      });
      expect(await root('GET', '/nodes/pve2/qemu/101/status/current')).toMatchObject({ data: { status: 'running' } });
    });

    it('keeps snapshots as a tree and goes back to them', async () => {
      const at = '/nodes/pve1/qemu/100/snapshot';
      await root('POST', at, { snapname: 'first', vmstate: 1 });
      await server.settleTasks();
      await root('PUT', '/nodes/pve1/qemu/100/config', { description: 'changed' });
      await root('POST', at, { snapname: 'second' });
      await server.settleTasks();
      expect((await root('GET', at)).data).toMatchObject([
        { name: 'first', vmstate: 1 },
        { name: 'second', parent: 'first' },
        { name: 'current', parent: 'second' },
      ]);
      await root('POST', `${at}/first/rollback`);
      await server.settleTasks();
      expect((await root('GET', '/nodes/pve1/qemu/100/config')).data).toMatchObject({ description: 'The shop window' });
      await root('DELETE', `${at}/first`);
      await server.settleTasks();
      expect((await root('GET', at)).data).toMatchObject([{ name: 'second' }, { name: 'current' }]);
    });

    it('keeps back what a running machine cannot take', async () => {
      await root('PUT', '/nodes/pve1/qemu/100/config', { cores: 4, delete: 'tags' });
      const { data } = await root('GET', '/nodes/pve1/qemu/100/pending');
      expect(data).toContainEqual({ key: 'cores', value: '2', pending: '4' });
      expect(data).not.toContainEqual(expect.objectContaining({ key: 'tags' }));
    });
  },
);
