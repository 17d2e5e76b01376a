import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import { type AskOptions, ask } from './support/ask.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `work on the contract server of %s ${missing ?? ''}`,
  version => {
    let server: ContractServer;
    beforeAll(async () => {
      server = await startContractServer({ version, taskMilliseconds: 5 });
    });
    afterAll(() => server.close());
    const root = (method: string, path: string, params: object = {}, options: AskOptions = {}) =>
      ask(server, method, path, params, { Authorization: tokenHeader(server.rootToken) }, options);
    /** Waits for the task; the answer is what it came to and its log. */
    const task = async (method: string, path: string, params: object = {}, options: AskOptions = {}) => {
      const answer = await root(method, path, params, options);
      const upid = String(answer.data);
      if (!upid.startsWith('UPID:'))
        throw new Error(`${method} ${path}: ${answer.status} ${answer.reason} ${answer.body}`);
      await server.settleTasks();
      const found = server.cluster.tasks.get(upid);
      return { status: found?.status, log: found?.log.join('\n') ?? '' };
    };

    it('makes a machine with disks, grows, moves and takes them, and destroys it', async () => {
      const params = {
        vmid: 300,
        name: 'new',
        memory: 1024,
        scsi0: 'local-lvm:8,ssd=1',
        ide2: 'local:iso/debian-13.iso,media=cdrom',
        net0: 'virtio,bridge=vmbr0',
      };
      expect(await task('POST', '/nodes/pve1/qemu', params)).toMatchObject({ status: 'OK' });
      const at = '/nodes/pve1/qemu/300';
      expect(server.guest(300).config.scsi0).toBe('local-lvm:vm-300-disk-0,ssd=1,size=8G');
      await task('PUT', `${at}/resize`, { disk: 'scsi0', size: '+2G' });
      expect(server.guest(300).config.scsi0).toContain('size=10G');
      expect((await root('PUT', `${at}/resize`, { disk: 'scsi0', size: '1G' })).reason).toBe(
        'shrinking disks is not supported',
      );
      await task('POST', `${at}/move_disk`, { disk: 'scsi0', storage: 'shared', delete: 1 });
      expect(server.guest(300).config.scsi0).toBe('shared:300/vm-300-disk-0.qcow2,ssd=1,size=10G');
      await root('PUT', `${at}/config`, { delete: 'scsi0' });
      expect(server.guest(300).config).toMatchObject({ unused0: 'shared:300/vm-300-disk-0.qcow2' });
      expect((await root('POST', '/nodes/pve1/qemu', { vmid: 300 })).reason).toContain('already exists');
      await task('DELETE', at, { purge: 1 });
      expect(server.cluster.guests.has(300)).toBe(false);
      expect((await root('DELETE', '/nodes/pve1/qemu/103')).reason).toBe(
        "can't remove VM 103 - protection mode enabled",
      );
    });

    it('clones a template linked, and anything in full', async () => {
      await task('POST', '/nodes/pve1/qemu/102/clone', { newid: 301, name: 'linked' });
      expect(server.guest(301).config).toMatchObject({ name: 'linked', scsi0: 'local-lvm:vm-301-disk-0,size=8G' });
      expect(await task('DELETE', '/nodes/pve1/qemu/102')).toMatchObject({
        status: expect.stringContaining('still in use by linked cloned'),
      });
      expect((await root('POST', '/nodes/pve1/qemu/100/clone', { newid: 302, full: 0 })).reason).toContain(
        'Linked clone feature is not supported',
      );
      await task('POST', '/nodes/pve1/lxc/200/clone', { newid: 302, hostname: 'copy', full: 1 });
      expect(server.guest(302)).toMatchObject({ type: 'lxc', running: false });
    });

    it('moves a running machine, with its disks when told so', async () => {
      expect((await root('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2' })).reason).toBe(
        "can't migrate running VM without --online",
      );
      expect(await task('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2', online: 1 })).toMatchObject({
        status: expect.stringContaining('with-local-disks'),
      });
      expect(
        await task('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2', online: 1, 'with-local-disks': 1 }),
      ).toMatchObject({ status: 'OK' });
      expect(server.guest(100).node).toBe('pve2');
      await task('POST', '/nodes/pve2/qemu/100/migrate', { target: 'pve1', online: 1, 'with-local-disks': 1 });
    });

    it('backs up, restores, and keeps as many as the rules say', async () => {
      expect(
        await task('POST', '/nodes/pve1/vzdump', {
          vmid: 100,
          storage: 'local',
          compress: 'zstd',
          'notes-template': '{{guestname}}',
        }),
      ).toMatchObject({
        status: 'OK',
        log: expect.stringContaining('INFO: Finished Backup of VM 100'),
      });
      const { data } = await root('GET', '/nodes/pve1/storage/local/content', { content: 'backup', vmid: 100 });
      const [backup] = data as { volid: string }[];
      expect(backup).toMatchObject({
        volid: expect.stringMatching(/^local:backup\/vzdump-qemu-100-.*\.vma\.zst$/),
        notes: 'web',
        format: 'vma.zst',
      });
      await task('POST', '/nodes/pve1/qemu', { vmid: 303, archive: backup?.volid, storage: 'local-lvm', unique: 1 });
      expect(server.guest(303).config).toMatchObject({
        name: 'web',
        scsi0: 'local-lvm:vm-303-disk-0,iothread=1,size=32G',
      });
      expect(server.guest(303).config.net0).not.toContain('BC:24:11:00:01:00');
      const volumes = server.cluster.storages.get('local')?.volumes.get('pve1');
      const day = 86_400;
      for (let age = 1; age <= 6; age++) {
        const volid = `local:backup/vzdump-qemu-101-2026_01_0${age}-00_00_00.vma`;
        volumes?.set(volid, {
          volid,
          content: 'backup',
          format: 'vma',
          size: 1,
          ctime: 1_767_268_800 - age * day,
          vmid: 101,
          ...(age === 6 ? { protected: true } : {}),
        });
      }
      const marks = await root('GET', '/nodes/pve1/storage/local/prunebackups', {
        vmid: 101,
        'prune-backups': 'keep-last=1,keep-daily=2',
      });
      expect((marks.data as { mark: string }[]).map(({ mark }) => mark)).toEqual([
        'keep',
        'keep',
        'keep',
        'remove',
        'remove',
        'protected',
      ]);
      await task('DELETE', '/nodes/pve1/storage/local/prunebackups', { vmid: 101, 'prune-backups': 'keep-last=1' });
      expect([...(volumes?.values() ?? [])].filter(({ vmid }) => vmid === 101)).toHaveLength(2);
      server.guest(100).lock = 'snapshot';
      expect(await task('POST', '/nodes/pve1/vzdump', { vmid: 100, storage: 'local' })).toMatchObject({
        status: 'job errors',
      });
      delete server.guest(100).lock;
    });

    it('takes files and fetches them, and holds them against their checksum', async () => {
      const at = '/nodes/pve1/storage/local';
      const data = Buffer.from('an image\r\n--not the end');
      const upload = (checksum: string) => {
        const fields = { content: 'iso', 'checksum-algorithm': 'sha256', checksum };
        const head = Object.entries(fields).map(
          ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
        );
        const file =
          '--edge\r\nContent-Disposition: form-data; name="filename"; filename="my image.iso"\r\nContent-Type: application/octet-stream\r\n\r\n';
        const body = Buffer.concat([Buffer.from(head.join('') + file), data, Buffer.from('\r\n--edge--\r\n')]);
        return task('POST', `${at}/upload`, {}, { raw: { body, type: 'multipart/form-data; boundary=edge' } });
      };
      expect(await upload('0'.repeat(64))).toMatchObject({ status: expect.stringContaining('checksum mismatch') });
      expect(await upload(createHash('sha256').update(data).digest('hex'))).toMatchObject({ status: 'OK' });
      const volume = server.cluster.storages.get('local')?.volumes.get('pve1')?.get('local:iso/my_image.iso');
      expect(volume?.data).toEqual(data);
      server.cluster.web.set('http://192.0.2.9/a.img', Buffer.alloc(3000));
      expect(
        await task('POST', `${at}/download-url`, { url: 'http://192.0.2.9/a.img', content: 'iso', filename: 'a.img' }),
      ).toMatchObject({ status: 'OK' });
      expect(
        await task('POST', `${at}/download-url`, { url: 'http://192.0.2.9/b.img', content: 'iso', filename: 'b.img' }),
      ).toMatchObject({ status: expect.stringContaining('download failed') });
      await task('DELETE', `${at}/content/${encodeURIComponent('local:iso/a.img')}`);
      expect((await root('GET', `${at}/content/local:iso/a.img`)).status).toBe(500);
    });

    it('has a guest agent that runs commands and keeps files, byte for byte', async () => {
      const at = '/nodes/pve1/qemu/100/agent';
      const run = async (command: string[]) => {
        const { data } = await root('POST', `${at}/exec`, { command });
        return (await root('GET', `${at}/exec-status`, data as object)).data;
      };
      expect(await run(['echo', 'grüße'])).toEqual({
        exited: 1,
        exitcode: 0,
        'out-data': Buffer.from('grüße\n').toString('latin1'),
      });
      expect(await run(['no-such'])).toMatchObject({ exitcode: 127, 'err-data': 'no-such: command not found\n' });
      await root('POST', `${at}/file-write`, {
        file: '/tmp/a',
        content: Buffer.from('€').toString('base64'),
        encode: 0,
      });
      expect(server.guest(100).agent.files.get('/tmp/a')?.toString()).toBe('€');
      expect((await root('POST', `${at}/file-write`, { file: '/tmp/a', content: '€' })).reason).toBe(
        'Wide character in subroutine entry',
      );
      await root('POST', `${at}/fsfreeze-freeze`);
      expect((await root('POST', `${at}/exec`, { command: 'true' })).reason).toContain('frozen state');
      expect((await root('POST', `${at}/fsfreeze-thaw`)).data).toEqual({ result: 1 });
      expect((await root('POST', '/nodes/pve2/qemu/101/agent/ping')).reason).toBe('No QEMU guest agent configured');
    });

    it('changes a network only when told to reload, and stops a task', async () => {
      const at = '/nodes/pve1/network';
      await root('POST', at, { iface: 'vmbr1', type: 'bridge', cidr: '198.51.100.1/24' });
      expect((await root('GET', at)).body).toContain('"changes":"---');
      expect(server.cluster.nodes.get('pve1')?.network.has('vmbr1')).toBe(false);
      await task('PUT', at);
      expect((await root('GET', `${at}/vmbr1`)).data).toMatchObject({
        type: 'bridge',
        cidr: '198.51.100.1/24',
        active: 1,
      });
      server.taskTimes.byType.qmshutdown = 60_000;
      server.guest(100).ignoresShutdown = true;
      const { data: upid } = await root('POST', '/nodes/pve1/qemu/100/status/shutdown');
      const path = `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}`;
      expect((await root('GET', `${path}/status`)).data).toMatchObject({ status: 'running' });
      await root('DELETE', path);
      await server.settleTasks();
      expect((await root('GET', `${path}/status`)).data).toMatchObject({ exitstatus: 'received interrupt' });
    });
  },
);
