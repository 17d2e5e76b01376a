import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machine } from '../../../src/model/machine.ts';
import { machineAdapter, machineDisk } from '../../../src/model/machine-parts.ts';
import { adaptersOf, disksOf, sizeOf, uuidOf } from '../../../src/providers/proxmox/machines/machine-parts.ts';
import { machineStateOf } from '../../../src/providers/proxmox/machines/machine-state.ts';
import { presentMachine } from '../../../src/providers/proxmox/machines/present-machine.ts';

describe('the parts of a machine', () => {
  it('are read off its configuration', () => {
    const configuration = {
      scsi10: 'local-lvm:vm-100-disk-9,size=1T',
      scsi2: 'local:100/vm-100-disk-1.qcow2,ssd=1,size=32G',
      ide2: 'local:iso/debian-13.iso,media=cdrom,size=754M',
      ide0: 'none,media=cdrom',
      efidisk0: 'local-lvm:vm-100-disk-2,efitype=4m,size=528K',
      unused0: 'local-lvm:vm-100-disk-7',
      scsihw: 'virtio-scsi-single',
      virtio0: '/dev/disk/by-id/ata-x,size=1000204886016',
      net10: 'e1000=bc:24:11:00:00:0a,bridge=vmbr1,link_down=1',
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,tag=5',
      smbios1: 'uuid=6F9AB1CC-4D3B-4A35-9D8A-0C5B7D0A0100,base64=1',
    };
    expect(disksOf(configuration)).toEqual([
      { key: 'efidisk0', volume: 'local-lvm:vm-100-disk-2', storage: 'local-lvm', sizeBytes: 540_672, media: 'disk' },
      { key: 'ide0', volume: 'none', media: 'cdrom' },
      { key: 'ide2', volume: 'local:iso/debian-13.iso', storage: 'local', sizeBytes: 790_626_304, media: 'cdrom' },
      {
        key: 'scsi2',
        volume: 'local:100/vm-100-disk-1.qcow2',
        storage: 'local',
        sizeBytes: 34_359_738_368,
        media: 'disk',
      },
      {
        key: 'scsi10',
        volume: 'local-lvm:vm-100-disk-9',
        storage: 'local-lvm',
        sizeBytes: 1_099_511_627_776,
        media: 'disk',
      },
      { key: 'unused0', volume: 'local-lvm:vm-100-disk-7', storage: 'local-lvm', media: 'disk' },
      { key: 'virtio0', volume: '/dev/disk/by-id/ata-x', sizeBytes: 1_000_204_886_016, media: 'disk' },
    ]);
    expect(adaptersOf(configuration)).toEqual([
      {
        key: 'net0',
        model: 'virtio',
        mac: 'BC:24:11:00:00:01',
        bridge: 'vmbr0',
        vlan: 5,
        firewall: true,
        connected: true,
      },
      { key: 'net10', model: 'e1000', mac: 'BC:24:11:00:00:0A', bridge: 'vmbr1', connected: false },
    ]);
    expect(uuidOf(configuration)).toBe('6f9ab1cc-4d3b-4a35-9d8a-0c5b7d0a0100');
  });

  it('of a container have the names that the guest sees', () => {
    const configuration = {
      rootfs: 'local-lvm:vm-200-disk-0,size=8G',
      mp0: 'shared:200/vm-200-disk-1.raw,mp=/srv,size=0.5G',
      net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,ip=dhcp,type=veth',
    };
    expect(disksOf(configuration).map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
      ['mp0', 536_870_912],
      ['rootfs', 8_589_934_592],
    ]);
    expect(adaptersOf(configuration)).toEqual([
      { key: 'net0', model: 'veth', mac: 'BC:24:11:00:02:00', bridge: 'vmbr0', connected: true, name: 'eth0' },
    ]);
    expect(uuidOf(configuration)).toBeUndefined();
  });

  it.each([
    ['32G', 34_359_738_368],
    ['528K', 540_672],
    ['1000', 1000],
    ['1.5T', 1_649_267_441_664],
    ['much', undefined],
    [undefined, undefined],
  ])('have the size %s', (text, bytes) => {
    expect(sizeOf(text)).toBe(bytes);
  });

  it.each([
    ['running', undefined, 'running'],
    ['stopped', undefined, 'stopped'],
    ['stopped', 'suspended', 'saved'],
    ['running', 'suspending', 'stopping'],
    ['running', 'backup', 'running'],
    ['io-error', undefined, 'failed'],
    ['prelaunch', undefined, 'starting'],
    ['unknown', undefined, 'unknown'],
    ['toString', undefined, 'unknown'],
  ])('tell by %s and the lock %s that it is %s', (word, lock, state) => {
    expect(machineStateOf(word, lock)).toBe(state);
  });
});

describe('what a host answers', () => {
  const words = 'vmid node name status qmpstatus lock maxcpu cpus maxmem tags template uptime'.split(' ');
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
  );
  const row = fc.dictionary(fc.constantFrom(...words), value);

  it('gives a machine as it is declared, whatever it is', () => {
    fc.assert(
      fc.property(row, fc.constantFrom('qemu' as const, 'lxc' as const), (raw, type) => {
        const found = presentMachine(raw, { host: 'lab', node: 'pve1', type, vmid: 100, identity: 'x' });
        expect(machine.safeParse(found).error).toBeUndefined();
      }),
    );
  });

  it('gives disks and adapters as they are declared, whatever is configured', () => {
    const keys = fc.constantFrom('scsi0', 'ide2', 'rootfs', 'unused7', 'net0', 'net1', 'smbios1', '__proto__');
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[a-z]{1,4}=[^,]{0,8}(,size=\d{1,20}[KMGTX]?)?(,tag=\w{1,3})?$/),
      value,
    );
    fc.assert(
      fc.property(fc.dictionary(keys, text), configuration => {
        for (const disk of disksOf(configuration)) expect(machineDisk.safeParse(disk).error).toBeUndefined();
        for (const adapter of adaptersOf(configuration))
          expect(machineAdapter.safeParse(adapter).error).toBeUndefined();
        uuidOf(configuration);
      }),
    );
  });
});
