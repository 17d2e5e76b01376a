import type { GuestSeed } from './guests.ts';
import type { StorageSeed } from './storages.ts';

export interface NodeSeed {
  readonly name: string;
  readonly online?: boolean;
}

/** What a cluster begins with. */
export interface Seed {
  readonly nodes?: readonly NodeSeed[];
  readonly guests?: readonly GuestSeed[];
  readonly storages?: readonly StorageSeed[];
  readonly pools?: readonly { readonly poolid: string; readonly comment?: string }[];
}

const gigabyte = 2 ** 30;

/** Three nodes of which one is off, six guests, three storages. */
export const defaultSeed: Required<Seed> = {
  nodes: [{ name: 'pve1' }, { name: 'pve2' }, { name: 'pve3', online: false }],
  pools: [{ poolid: 'shop', comment: 'What earns the money' }],
  guests: [
    {
      vmid: 100,
      node: 'pve1',
      running: true,
      pool: 'shop',
      config: {
        name: 'web',
        cores: '2',
        sockets: '1',
        memory: '2048',
        ostype: 'l26',
        agent: '1',
        scsihw: 'virtio-scsi-single',
        scsi0: 'local-lvm:vm-100-disk-0,iothread=1,size=32G',
        ide2: 'none,media=cdrom',
        net0: 'virtio=BC:24:11:00:01:00,bridge=vmbr0,firewall=1',
        boot: 'order=scsi0;ide2;net0',
        tags: 'prod;web',
        description: 'The shop window',
        onboot: '1',
        smbios1: 'uuid=6f9ab1cc-4d3b-4a35-9d8a-0c5b7d0a0100',
        vmgenid: '3c1f0f0e-6a21-4d6b-8a4f-1f6d7a000100',
      },
    },
    {
      vmid: 101,
      node: 'pve2',
      config: {
        name: 'db',
        cores: '4',
        memory: '4096',
        ostype: 'l26',
        bios: 'ovmf',
        machine: 'q35',
        efidisk0: 'shared:101/vm-101-disk-0.qcow2,efitype=4m,pre-enrolled-keys=1,size=528K',
        scsi0: 'shared:101/vm-101-disk-1.qcow2,size=64G',
        net0: 'virtio=BC:24:11:00:01:01,bridge=vmbr0',
        boot: 'order=scsi0',
      },
    },
    {
      vmid: 102,
      node: 'pve1',
      config: {
        name: 'debian-template',
        template: '1',
        cores: '1',
        memory: '1024',
        ostype: 'l26',
        scsi0: 'local-lvm:base-102-disk-0,size=8G',
        net0: 'virtio=BC:24:11:00:01:02,bridge=vmbr0',
        boot: 'order=scsi0',
      },
    },
    {
      vmid: 103,
      node: 'pve1',
      config: {
        name: 'precious',
        cores: '1',
        memory: '512',
        protection: '1',
        scsi0: 'local-lvm:vm-103-disk-0,size=4G',
      },
    },
    {
      vmid: 200,
      type: 'lxc',
      node: 'pve1',
      running: true,
      config: {
        hostname: 'proxy',
        arch: 'amd64',
        cores: '1',
        memory: '512',
        swap: '512',
        ostype: 'debian',
        unprivileged: '1',
        rootfs: 'local-lvm:vm-200-disk-0,size=8G',
        net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,ip=dhcp,type=veth',
      },
    },
    {
      vmid: 201,
      type: 'lxc',
      node: 'pve2',
      config: {
        hostname: 'cache',
        arch: 'amd64',
        memory: '256',
        swap: '0',
        ostype: 'alpine',
        rootfs: 'local-lvm:vm-201-disk-0,size=2G',
      },
    },
  ],
  storages: [
    {
      storage: 'local',
      content: ['iso', 'vztmpl', 'backup', 'snippets', 'import'],
      settings: { path: '/var/lib/vz' },
      volumes: [
        { volid: 'local:iso/debian-13.iso', content: 'iso', format: 'iso', size: 790_626_304 },
        {
          volid: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
          content: 'vztmpl',
          format: 'tzst',
          size: 126_515_062,
        },
      ],
    },
    {
      storage: 'local-lvm',
      type: 'lvmthin',
      content: ['images', 'rootdir'],
      settings: { thinpool: 'data', vgname: 'pve' },
    },
    {
      storage: 'shared',
      type: 'nfs',
      content: ['images', 'rootdir', 'backup', 'iso', 'vztmpl'],
      shared: true,
      total: 2000 * gigabyte,
      settings: { path: '/mnt/pve/shared', server: '192.0.2.250', export: '/export/pve' },
    },
  ],
};
