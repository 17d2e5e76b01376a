import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `storage at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'vmb-storage-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    it('lists a storage of each node, and a shared one once', async () => {
      const { storages } = await bench.run('storage.list', {});
      const names = storages.map(({ name, node = '*', active }) => `${name}@${node}${active ? '' : ' (away)'}`);
      expect(names).toEqual([
        'local@pve1',
        'local@pve2',
        'local@pve3 (away)',
        'local-lvm@pve1',
        'local-lvm@pve2',
        'local-lvm@pve3 (away)',
        'shared@*',
      ]);
      const [local] = storages;
      expect(local).toMatchObject({ provider: 'proxmox', host: 'lab', kind: 'dir', shared: false });
      expect(local?.contents).toEqual(['iso', 'template', 'backup', 'snippet', 'import']);
      expect(local?.freeBytes).toBe((local?.totalBytes ?? 0) - (local?.usedBytes ?? 0));
    });

    it('lists those of one node that take disks', async () => {
      const { storages } = await bench.run('storage.list', { node: 'pve2', content: 'disk' });
      expect(storages.map(({ name }) => name)).toEqual(['local-lvm', 'shared']);
    });

    it('asks one request for all of them', async () => {
      await bench.run('storage.list', {});
      expect(bench.server.calls.map(({ template }) => template)).toEqual(['/cluster/resources']);
    });

    it('lists what lies there, by kind and by machine, and names what is away', async () => {
      const discs = await bench.run('storage.contents', { content: 'iso' });
      expect(discs.volumes.map(({ id, node }) => `${id} ${node}`)).toContain('local:iso/debian-13.iso pve1');
      expect(discs.missing).toEqual([{ storage: 'local', node: 'pve3', reason: 'It is not available now.' }]);
      const disks = await bench.run('storage.contents', { vm: 'proxmox:lab/101', content: 'disk' });
      expect(disks.volumes.map(({ id }) => id)).toEqual([
        'shared:101/vm-101-disk-0.qcow2',
        'shared:101/vm-101-disk-1.qcow2',
      ]);
      expect(disks.volumes[0]).toMatchObject({
        vm: 'proxmox:lab/101',
        content: 'disk',
        format: 'qcow2',
        storage: 'shared',
      });
      const page = await bench.run('storage.contents', { limit: 1, offset: 1 });
      expect(page.volumes).toHaveLength(1);
      expect(page.total).toBeGreaterThan(3);
    });

    it('goes on when one storage answers with an error', async () => {
      const content = '/nodes/{node}/storage/{storage}/content';
      bench.server.fault({
        match: { template: content, params: { storage: 'shared' } },
        kind: 'status',
        reason: 'storage is sick',
      });
      const { volumes, missing: away } = await bench.run('storage.contents', { content: 'iso' });
      expect(volumes.length).toBeGreaterThan(0);
      expect(away.map(({ storage }) => storage).sort()).toEqual(['local', 'shared']);
    });

    it('sends a file, with a sum that the host compares, and tells the plan before', async () => {
      const file = path.join(folder, 'small.iso');
      const content = Buffer.alloc(300_000, 'disc');
      writeFileSync(file, content);
      const fractions: number[] = [];
      const plan = await bench.plan('storage.upload', { file, storage: 'local' });
      expect(plan[0]?.summary).toBe(`Send ${file} as local:iso/small.iso.`);
      expect(bench.sent()).toEqual([]);
      const { volume, sha256 } = await bench.run(
        'storage.upload',
        { file, storage: 'local' },
        { progress: ({ fraction }) => fraction !== undefined && fractions.push(fraction) },
      );
      const sum = createHash('sha256').update(content).digest('hex');
      expect(sha256).toBe(sum);
      expect(volume).toMatchObject({
        id: 'local:iso/small.iso',
        content: 'iso',
        sizeBytes: content.length,
        node: 'pve1',
      });
      expect(bench.sent()).toMatchObject([
        {
          path: '/nodes/{node}/storage/{storage}/upload',
          params: { content: 'iso', filename: 'small.iso', checksum: sum, 'checksum-algorithm': 'sha256' },
        },
      ]);
      expect(plan[0]?.request?.body).toHaveProperty('params', {
        ...{ node: 'pve1', storage: 'local', content: 'iso', filename: 'small.iso' },
        ...{ checksum: '<SHA-256 of the file>', 'checksum-algorithm': 'sha256' },
      });
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBeGreaterThan(0.5);
    });

    it('refuses to send over a file of that name, what has no kind, and what does not fit', async () => {
      const file = path.join(folder, 'other.bin');
      writeFileSync(file, 'x');
      const send = (input: object) => bench.run('storage.upload', { file, storage: 'local', ...input });
      await expect(send({ name: 'debian-13.iso' })).rejects.toMatchObject({
        code: 'conflict',
        data: { field: 'name' },
      });
      await expect(send({})).rejects.toMatchObject({ code: 'invalid', data: { field: 'content' } });
      await expect(send({ file: path.join(folder, 'none.iso') })).rejects.toMatchObject({ code: 'not_found' });
      await expect(send({ storage: 'locl', content: 'iso' })).rejects.toMatchObject({
        code: 'not_found',
        remedy: expect.stringContaining('local'),
      });
      await expect(send({ storage: 'local-lvm', content: 'iso' })).rejects.toMatchObject({ code: 'not_found' });
      expect(bench.sent()).toEqual([]);
    });

    it('fails when the host finds another sum, and leaves nothing behind', async () => {
      bench.server.cluster.web.set('https://example.org/new.iso', Buffer.from('disc'));
      const input = {
        url: 'https://example.org/new.iso',
        storage: 'local',
        checksum: { algorithm: 'sha256', value: 'a'.repeat(64) },
      } as const;
      await expect(bench.run('storage.download', input)).rejects.toMatchObject({ code: 'failed' });
      const { volumes } = await bench.run('storage.contents', { storage: 'local', content: 'iso' });
      expect(volumes.map(({ id }) => id)).not.toContain('local:iso/new.iso');
    });

    it('lets the host fetch a file under the name that the web server tells', async () => {
      bench.server.cluster.web.set('https://example.org/new.iso', Buffer.from('disc'));
      const value = createHash('sha256').update('disc').digest('hex');
      const input = {
        url: 'https://example.org/new.iso',
        storage: 'local',
        checksum: { algorithm: 'sha256', value },
      } as const;
      const { volume, bytes } = await expectPlanned(bench, 'storage.download', input);
      expect(volume).toMatchObject({ id: 'local:iso/new.iso', sizeBytes: 4 });
      expect(bytes).toBe(4);
      expect(bench.server.calledOf('GET', '/nodes/{node}/query-url-metadata').length).toBeGreaterThan(0);
      await expect(bench.run('storage.download', input)).rejects.toMatchObject({ code: 'conflict' });
    });

    it('deletes a volume, but none that a machine uses', async () => {
      const volume = 'local:iso/debian-13.iso';
      expect(await expectPlanned(bench, 'storage.delete', { volume })).toEqual({ deleted: volume });
      await expect(bench.run('storage.delete', { volume })).rejects.toMatchObject({ code: 'not_found' });
      bench.forget();
      const used = bench.run('storage.delete', { volume: 'shared:101/vm-101-disk-1.qcow2' });
      await expect(used).rejects.toMatchObject({ code: 'conflict', data: { vm: 'proxmox:lab/101' } });
      expect(bench.sent()).toEqual([]);
    });

    it('says when the only node that has it is away', async () => {
      const away = bench.run('storage.delete', { volume: 'local:iso/debian-13.iso', node: 'pve3' });
      await expect(away).rejects.toMatchObject({ code: 'unavailable' });
    });
  },
);
