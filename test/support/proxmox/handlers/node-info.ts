import { X509Certificate } from 'node:crypto';
import { memoryOf } from '../state/guests.ts';
import type { Handler, Handlers } from '../state/handler.ts';
import { sharedAuthority } from '../tls/shared-authority.ts';
import { guestOf } from './guests.ts';

/** How far apart the points of a series are. */
const steps: Readonly<Record<string, number>> = {
  hour: 60,
  day: 1800,
  week: 10_800,
  month: 43_200,
  year: 604_800,
  decade: 6_048_000,
};

function series(timeframe: string, values: (wave: number) => Record<string, number>) {
  const step = steps[timeframe] ?? 60;
  const last = Math.floor(Date.now() / 1000 / step) * step;
  return Array.from({ length: 70 }, (_, index) => {
    const time = last - (69 - index) * step;
    // The newest points are often not there yet.
    return index > 67 ? { time } : { time, ...values((1 + Math.sin(index / 5)) / 2) };
  });
}

const guestSeries: Handler = call => {
  const guest = guestOf(call);
  const maxmem = memoryOf(guest);
  return series(call.params.text('timeframe'), wave => ({
    cpu: guest.running ? wave / 4 : 0,
    maxcpu: 2,
    mem: guest.running ? maxmem * (0.3 + wave / 4) : 0,
    maxmem,
    netin: wave * 1000,
    netout: wave * 500,
    diskread: wave * 4096,
    diskwrite: wave * 8192,
  }));
};

function describe(filename: string, pem: string) {
  const certificate = new X509Certificate(pem);
  return {
    filename,
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.replaceAll('\n', '/'),
    issuer: certificate.issuer.replaceAll('\n', '/'),
    notbefore: Math.floor(new Date(certificate.validFrom).getTime() / 1000),
    notafter: Math.floor(new Date(certificate.validTo).getTime() / 1000),
    'public-key-type': 'id-ecPublicKey',
    'public-key-bits': 256,
    san: (certificate.subjectAltName ?? '').split(', ').filter(name => name !== ''),
    pem,
  };
}

const machines = ['10.1', '10.0+pve1', '9.2'].flatMap(version => [
  { id: `pc-q35-${version}`, type: 'q35', version },
  { id: `pc-i440fx-${version}`, type: 'i440fx', version },
]);

export const nodeInfoHandlers: Handlers = {
  'GET /nodes/{node}/{type}/{vmid}/rrddata': guestSeries,
  'GET /nodes/{node}/rrddata': ({ params }) =>
    series(params.text('timeframe'), wave => ({
      cpu: wave / 8,
      maxcpu: 16,
      memused: wave * 2 ** 34,
      memtotal: 2 ** 36,
      loadavg: wave,
      iowait: 0,
    })),
  'GET /nodes/{node}/storage/{storage}/rrddata': ({ params, cluster }) => {
    const { total } = cluster.requireStorage(params.text('storage'), params.text('node'));
    return series(params.text('timeframe'), wave => ({ total, used: (total * (1 + wave)) / 8 }));
  },
  'GET /nodes/{node}/certificates/info': ({ cluster, params }) => [
    describe('pve-root-ca.pem', sharedAuthority().ca),
    describe('pve-ssl.pem', cluster.certificateOf(params.text('node')).cert),
  ],
  'GET /nodes/{node}/time': () => {
    const time = Math.floor(Date.now() / 1000);
    return { timezone: 'Etc/UTC', time, localtime: time };
  },
  'GET /nodes/{node}/dns': () => ({ search: 'lab', dns1: '192.0.2.53' }),
  'GET /nodes/{node}/syslog': ({ params, extra }) => {
    const lines = [
      'pvedaemon[1200]: starting server',
      'pveproxy[1201]: starting server',
      'systemd[1]: Reached target multi-user.target',
    ];
    extra.total = lines.length;
    const start = params.maybeNumber('start') ?? 0;
    return lines
      .slice(start, start + (params.maybeNumber('limit') ?? 50))
      .map((t, index) => ({ n: start + index + 1, t }));
  },
  'GET /nodes/{node}/capabilities/qemu/machines': () => machines,
  'GET /nodes/{node}/capabilities/qemu/cpu': () =>
    ['host', 'x86-64-v2-AES', 'kvm64', 'EPYC'].map(name => ({
      name,
      custom: 0,
      vendor: name === 'EPYC' ? 'AuthenticAMD' : 'default',
    })),
  'GET /nodes/{node}/hardware/pci': () => [
    {
      id: '0000:00:02.0',
      class: '0x030000',
      device: '0x4680',
      vendor: '0x8086',
      iommugroup: 0,
      device_name: 'Sample graphics',
      vendor_name: 'Sample',
    },
  ],
  'GET /nodes/{node}/disks/list': () => [
    {
      devpath: '/dev/nvme0n1',
      gpt: 1,
      mounted: 1,
      osdid: -1,
      'osdid-list': [],
      size: 1_000_204_886_016,
      used: 'LVM',
      model: 'Sample SSD',
      serial: 'S1',
      health: 'PASSED',
      type: 'nvme',
    },
  ],
  'GET /nodes/{node}/services': () => [
    {
      service: 'pveproxy',
      name: 'pveproxy',
      desc: 'PVE API Proxy Server',
      state: 'running',
      'active-state': 'active',
      'unit-state': 'enabled',
    },
  ],
  'GET /nodes/{node}/subscription': () => ({
    status: 'notfound',
    message: 'There is no subscription key',
    serverid: '0'.repeat(32),
  }),
  'GET /cluster/log': () => [
    {
      uid: 1,
      time: Math.floor(Date.now() / 1000),
      msg: 'starting task',
      node: 'pve1',
      pid: 1,
      pri: 6,
      tag: 'pvedaemon',
      user: 'root@pam',
      id: '1',
    },
  ],
};
