import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();
const vm = (vmid: number) => `proxmox:lab/${vmid}`;

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `machines of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    beforeAll(async () => {
      bench = await openMachineBench({ version });
    });
    afterAll(() => bench[Symbol.asyncDispose]());

    it('are listed from one reply, in pages', async () => {
      bench.forget();
      const before = bench.server.calledOf('GET', '/cluster/resources').length;
      const first = await bench.run('vm.list', { limit: 4 });
      const second = await bench.run('vm.list', { limit: 4, offset: 4 });
      expect(first.total).toBe(6);
      expect(bench.server.calledOf('GET', '/cluster/resources').length - before).toBe(1);
      expect([...first.machines, ...second.machines].map(machine => machine.id)).toEqual(
        [100, 101, 102, 103, 200, 201].map(vm),
      );
      expect(first.machines[0]).toMatchObject({
        provider: 'proxmox',
        host: 'lab',
        name: 'web',
        kind: 'vm',
        state: 'running',
        nativeState: 'running',
        cpus: 2,
        memoryBytes: 2 ** 31,
        node: 'pve1',
        tags: ['prod', 'web'],
        identity: [expect.stringMatching(/^pve:.+\/100$/)],
      });
      expect(first.machines[2]).toMatchObject({ template: true, state: 'stopped' });
      expect(second.machines[0]).toMatchObject({ kind: 'container', name: 'proxy' });
    });

    it('tell their configuration, parts and identity', async () => {
      const got = await bench.run('vm.get', { vm: vm(100) });
      expect(got.machine).toMatchObject({
        name: 'web',
        state: 'running',
        uuid: '6f9ab1cc-4d3b-4a35-9d8a-0c5b7d0a0100',
        identity: [expect.stringMatching(/^pve:/), 'uuid:6f9ab1cc-4d3b-4a35-9d8a-0c5b7d0a0100'],
        startedAt: expect.any(String),
      });
      expect(got.disks?.find(({ key }) => key === 'scsi0')).toMatchObject({
        storage: 'local-lvm',
        sizeBytes: 32 * 2 ** 30,
      });
      expect(got.adapters).toMatchObject([{ key: 'net0', bridge: 'vmbr0', firewall: true }]);
      expect(got.settings).toMatchObject({ ostype: 'l26', scsihw: 'virtio-scsi-single' });
      expect(got.pending).toBeUndefined();
      const container = await bench.run('vm.get', { vm: vm(200) });
      expect(container.machine).toMatchObject({ kind: 'container', name: 'proxy', memoryBytes: 2 ** 29 });
      expect(container.disks?.map(({ key }) => key)).toEqual(['rootfs']);
    });

    it('that are not there are named, with what may have been meant', async () => {
      await expect(bench.run('vm.get', { vm: vm(999) })).rejects.toMatchObject({
        code: 'not_found',
        data: { field: 'vm' },
      });
    });

    it('are created on the node with most free memory, and started when that is asked for', async () => {
      const { machine } = await expectPlanned(bench, 'vm.create', {
        name: 'shop',
        cpus: 2,
        memoryBytes: 2 ** 30,
        diskBytes: 10 * 2 ** 30,
        network: 'proxmox:lab/pve1/vmbr0',
        isoVolume: 'local:iso/debian-13.iso',
        firmware: 'uefi',
        bus: 'virtio',
        tags: ['prod', 'shop'],
        description: 'Made by a test',
        pool: 'shop',
        osType: 'l26',
        password: 'topsecret',
        sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@desk'],
        options: { agent: '1', onboot: true },
        start: true,
      });
      expect(machine).toMatchObject({ name: 'shop', kind: 'vm', cpus: 2, memoryBytes: 2 ** 30 });
    });

    it('that are containers are created unprivileged unless it is said', async () => {
      const template = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';
      const { machine } = await expectPlanned(bench, 'vm.create', {
        kind: 'container',
        name: 'queue',
        cpus: 1,
        memoryBytes: 2 ** 29,
        template,
        node: 'pve1',
        storage: 'local-lvm',
        network: 'vmbr0',
        sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@desk'],
      });
      expect(machine).toMatchObject({ name: 'queue', kind: 'container', node: 'pve1' });
      const [call] = bench.server.calledOf('POST', '/nodes/{node}/lxc').slice(-1);
      expect(call?.params).toMatchObject({
        unprivileged: true,
        rootfs: 'local-lvm:8',
        net0: 'name=eth0,ip=dhcp,bridge=vmbr0',
      });
    });

    it.each([
      [{ name: 'a b' }, 'invalid', 'name'],
      [{ name: 'ok', bus: 'nvme' as const }, 'unsupported', 'bus'],
      [{ name: 'ok', template: 'local:vztmpl/x' }, 'unsupported', 'template'],
      [{ name: 'ok', kind: 'container' as const }, 'invalid', 'template'],
      [{ name: 'ok', options: { digest: 'x' } }, 'invalid', 'options'],
      [{ name: 'ok', node: 'pve9' }, 'not_found', 'node'],
      [{ name: 'ok', node: 'pve3' }, 'unavailable', 'node'],
      [{ name: 'ok', network: 'vmbr0,tag=1' }, 'invalid', undefined],
    ])('are refused before anything is asked for: %j', async (input, code, field) => {
      bench.forget();
      const expected = expect.objectContaining({ code, ...(field && { data: expect.objectContaining({ field }) }) });
      await expect(bench.plan('vm.create', input)).rejects.toEqual(expected);
      await expect(bench.run('vm.create', input)).rejects.toEqual(expected);
      expect(bench.sent()).toEqual([]);
    });

    it('of the same moment get numbers of their own', async () => {
      const names = ['race-1', 'race-2', 'race-3', 'race-4'];
      const made = await Promise.all(
        names.map(name => bench.run('vm.create', { name, node: 'pve1', storage: 'local-lvm' })),
      );
      expect(new Set(made.map(({ machine }) => machine.id)).size).toBe(names.length);
      expect(made.map(({ machine }) => machine.name)).toEqual(names);
      const wanted = Number(made[0]?.machine.id.split('/')[1]);
      await expect(bench.run('vm.create', { name: 'late', vmid: wanted, node: 'pve1' })).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('are cloned, linked from templates only', async () => {
      const { machine } = await expectPlanned(bench, 'vm.clone', {
        vm: vm(102),
        name: 'linked',
        linked: true,
        pool: 'shop',
      });
      expect(machine).toMatchObject({ name: 'linked', state: 'stopped' });
      expect(machine.template).toBeUndefined();
      await expectPlanned(bench, 'vm.clone', {
        vm: vm(102),
        name: 'full',
        storage: 'local-lvm',
        description: 'a copy',
      });
      const copy = await expectPlanned(bench, 'vm.clone', { vm: vm(201), name: 'cache2' });
      expect(copy.machine).toMatchObject({ kind: 'container', name: 'cache2' });
      await expect(bench.run('vm.clone', { vm: vm(101), name: 'x', linked: true })).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(bench.run('vm.clone', { vm: vm(200), name: 'x' })).rejects.toMatchObject({
        code: 'conflict',
        data: { state: 'running' },
      });
    });

    it('are cloned as they were at a checkpoint', async () => {
      await bench.run('vm.checkpoint.create', { vm: vm(101), name: 'before it all' });
      await expectPlanned(bench, 'vm.clone', { vm: vm(101), name: 'then', checkpoint: 'before it all', node: 'pve1' });
      const [call] = bench.server.calledOf('POST', '/nodes/{node}/qemu/{vmid}/clone').slice(-1);
      expect(call?.params).toMatchObject({ snapname: 'before-it-all', target: 'pve1', full: true });
    });

    it('are configured, and tell what waits for a restart', async () => {
      const running = await expectPlanned(bench, 'vm.configure', {
        vm: vm(100),
        cpus: 4,
        memoryBytes: 2 ** 32,
        tags: ['a', 'b'],
      });
      expect(running.pending?.map(({ key, pending }) => [key, pending])).toEqual(
        expect.arrayContaining([
          ['cores', '4'],
          ['memory', '4096'],
        ]),
      );
      expect((await bench.run('vm.get', { vm: vm(100) })).pending).toBeDefined();
      const reverted = await expectPlanned(bench, 'vm.configure', {
        vm: vm(100),
        reset: ['cores', 'memory', 'onboot'],
      });
      expect(reverted.pending).toBeUndefined();
      const [call] = bench.server.calledOf('POST', '/nodes/{node}/qemu/{vmid}/config').slice(-1);
      expect(call?.params).toMatchObject({
        revert: 'cores,memory',
        delete: 'onboot',
        digest: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      await expectPlanned(bench, 'vm.configure', {
        vm: vm(101),
        network: 'vmbr7',
        onBoot: 'yes',
        options: { balloon: 1024 },
      });
      expect((await bench.run('vm.get', { vm: vm(101) })).adapters).toMatchObject([
        { mac: 'BC:24:11:00:01:01', bridge: 'vmbr7' },
      ]);
      await expectPlanned(bench, 'vm.configure', { vm: vm(201), cpus: 2, description: 'of a test', reset: ['swap'] });
      expect((await bench.run('vm.get', { vm: vm(201) })).machine.cpus).toBe(2);
      bench.forget();
      await bench.run('vm.configure', { vm: vm(101) });
      await expect(bench.run('vm.configure', { vm: vm(101), cpus: 2, reset: ['cores'] })).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(bench.run('vm.configure', { vm: vm(101), reset: ['unused0'] })).rejects.toMatchObject({
        code: 'unsupported',
      });
      expect(bench.sent()).toEqual([]);
    });

    it('have their disc taken out', async () => {
      await bench.run('vm.configure', { vm: vm(103), options: { ide2: 'local:iso/debian-13.iso,media=cdrom' } });
      await expectPlanned(bench, 'vm.configure', { vm: vm(103), eject: true });
      expect((await bench.run('vm.get', { vm: vm(103) })).settings?.ide2).toBe('none,media=cdrom');
    });

    it('that somebody else has changed meanwhile are left alone', async () => {
      const { server } = bench;
      const configuring = bench.server.fault({
        match: { method: 'POST', template: /qemu\/\{vmid\}\/config$/ },
        kind: 'slow',
        milliseconds: 150,
      });
      const change = bench.run('vm.configure', { vm: vm(101), cpus: 8 });
      await expect.poll(() => configuring.met).toBe(1);
      server.guest(101).config.cores = '6';
      await expect(change).rejects.toMatchObject({ code: 'conflict', remedy: expect.stringContaining('vm.get') });
      expect(server.guest(101).config.cores).toBe('6');
    });

    it('are renamed and keep their id', async () => {
      expect((await expectPlanned(bench, 'vm.rename', { vm: vm(101), name: 'db-old' })).machine).toMatchObject({
        id: vm(101),
        name: 'db-old',
      });
      await expectPlanned(bench, 'vm.rename', { vm: vm(201), name: 'cache-old' });
      expect((await bench.run('vm.get', { vm: vm(201) })).machine.name).toBe('cache-old');
      await expect(bench.run('vm.rename', { vm: vm(101), name: 'not_a_host' })).rejects.toMatchObject({
        code: 'invalid',
      });
    });

    it('get larger disks, but no smaller ones', async () => {
      const { disk } = await expectPlanned(bench, 'vm.disk.resize', {
        vm: vm(101),
        disk: 'scsi0',
        sizeBytes: 80 * 2 ** 30,
      });
      expect(disk).toMatchObject({ key: 'scsi0', sizeBytes: 80 * 2 ** 30 });
      await expectPlanned(bench, 'vm.disk.resize', { vm: vm(201), disk: 'rootfs', sizeBytes: 4 * 2 ** 30 });
      await expect(
        bench.run('vm.disk.resize', { vm: vm(101), disk: 'scsi0', sizeBytes: 2 ** 30 }),
      ).rejects.toMatchObject({ code: 'invalid' });
      await expect(
        bench.run('vm.disk.resize', { vm: vm(101), disk: 'scsi7', sizeBytes: 2 ** 30 }),
      ).rejects.toMatchObject({
        code: 'not_found',
        data: { candidates: expect.arrayContaining(['scsi0']) },
      });
    });

    it('have their disks moved', async () => {
      const { disk } = await expectPlanned(bench, 'vm.disk.move', { vm: vm(101), disk: 'scsi0', storage: 'local-lvm' });
      expect(disk).toMatchObject({ key: 'scsi0', storage: 'local-lvm' });
      expect((await bench.run('vm.get', { vm: vm(101) })).disks?.some(({ key }) => key === 'unused0')).toBe(true);
      await expectPlanned(bench, 'vm.disk.move', {
        vm: vm(201),
        disk: 'rootfs',
        storage: 'shared',
        deleteSource: true,
      });
      await expect(
        bench.run('vm.disk.move', { vm: vm(201), disk: 'rootfs', storage: 'local-lvm', format: 'raw' }),
      ).rejects.toMatchObject({ code: 'unsupported' });
    });

    it('move to another node', async () => {
      await expect(bench.run('vm.migrate', { vm: vm(100), node: 'pve2' })).rejects.toMatchObject({
        code: 'conflict',
        data: { field: 'online' },
      });
      await expect(bench.run('vm.migrate', { vm: vm(100), node: 'pve2', online: true })).rejects.toMatchObject({
        code: 'conflict',
        data: { obstacles: [expect.stringContaining('withLocalDisks')] },
      });
      const moved = await expectPlanned(bench, 'vm.migrate', {
        vm: vm(100),
        node: 'pve2',
        online: true,
        withLocalDisks: true,
      });
      expect(moved.machine).toMatchObject({ node: 'pve2', state: 'running' });
      const container = await expectPlanned(bench, 'vm.migrate', { vm: vm(200), node: 'pve2', online: true });
      expect(container.machine).toMatchObject({ node: 'pve2', state: 'running' });
      bench.forget();
      await bench.run('vm.migrate', { vm: vm(200), node: 'pve2' });
      expect(bench.sent()).toEqual([]);
      await expect(bench.run('vm.migrate', { vm: vm(200), node: 'pve3', online: true })).rejects.toMatchObject({
        code: 'unavailable',
      });
    });

    it('tell how far they are while they move', async () => {
      const seen: string[] = [];
      const fractions: number[] = [];
      const progress = ({ message, fraction }: { message: string; fraction?: number | undefined }) => {
        seen.push(message);
        if (fraction !== undefined) fractions.push(fraction);
      };
      const move = { vm: vm(100), node: 'pve1', online: true, withLocalDisks: true };
      const { machine } = await bench.run('vm.migrate', move, { progress });
      expect(machine.node).toBe('pve1');
      expect(seen.filter(message => /transferred/.test(message)).length).toBeGreaterThan(1);
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    });

    it('become templates', async () => {
      expect((await expectPlanned(bench, 'vm.template', { vm: vm(201) })).machine.template).toBe(true);
      const { machine } = await bench.run('vm.create', { name: 'mold', node: 'pve1', storage: 'local-lvm' });
      expect((await expectPlanned(bench, 'vm.template', { vm: machine.id })).machine.template).toBe(true);
      await expect(bench.run('vm.template', { vm: vm(100) })).rejects.toMatchObject({ code: 'conflict' });
    });

    it('are deleted only when they are stopped and not protected', async () => {
      await expect(bench.run('vm.delete', { vm: vm(100) })).rejects.toMatchObject({
        code: 'conflict',
        data: { state: 'running' },
      });
      await expect(bench.plan('vm.delete', { vm: vm(103) })).rejects.toMatchObject({
        code: 'conflict',
        data: { setting: 'protection' },
        remedy: expect.stringContaining('protection'),
      });
      await bench.run('vm.configure', { vm: vm(103), options: { protection: '0' } });
      bench.server.guest(103).lock = 'suspended';
      expect(await expectPlanned(bench, 'vm.delete', { vm: vm(103), purge: true, unreferencedDisks: true })).toEqual({
        deleted: vm(103),
      });
      await expect(bench.run('vm.get', { vm: vm(103) })).rejects.toMatchObject({ code: 'not_found' });
    });

    it('tell what they use', async () => {
      const { live, series } = await bench.run('vm.stats', { vm: vm(100), series: true });
      expect(live).toMatchObject({
        cpuPercent: expect.any(Number),
        memoryBytes: expect.any(Number),
        uptimeSeconds: expect.any(Number),
      });
      expect(series?.intervalSeconds).toBe(60);
      await expect(bench.run('vm.stats', { vm: vm(101) })).rejects.toMatchObject({ code: 'conflict' });
    });

    it('that are locked are named with what goes on', async () => {
      bench.server.guest(101).lock = 'backup';
      try {
        await expect(bench.run('vm.start', { vm: vm(101) })).rejects.toMatchObject({
          code: 'conflict',
          message: 'The machine "db-old" is being backed up.',
          remedy: expect.stringContaining('qm unlock 101'),
        });
      } finally {
        delete bench.server.guest(101).lock;
      }
    });
  },
);
