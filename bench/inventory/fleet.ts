// Pretend hosts of Proxmox VE over TLS, as one process: node fleet.ts <settings as JSON>. Prints its ports as a JSON line.
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FleetSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** For each host so many machines, or one that takes connections and never answers. */
  readonly hosts: readonly (number | 'hangs')[];
}

const { certFile, keyFile, hosts }: FleetSettings = JSON.parse(process.argv[2] ?? '');
const certificate = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
const ports = await Promise.all(hosts.map((machines, index) => serve(machines, index)));
console.log(JSON.stringify(ports));
process.stdin.resume().on('end', () => process.exit());

async function serve(machines: number | 'hangs', index: number): Promise<number> {
  const answers = machines === 'hangs' ? undefined : answersOf(machines, index);
  const server = createServer(certificate, ({ url = '' }, response) => {
    if (answers !== undefined) send(response, answers(url));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function send(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json;charset=UTF-8', 'content-length': body.length });
  response.end(body);
}

function answersOf(machines: number, index: number): (url: string) => Buffer {
  const encode = (data: unknown) => Buffer.from(JSON.stringify({ data }));
  const resources = encode(Array.from({ length: machines }, (_, number) => machineRow(number)));
  const fingerprint = Array.from({ length: 32 }, () => index.toString(16).padStart(2, '0').toUpperCase()).join(':');
  const others: [string, Buffer][] = [
    ['/cluster/resources', resources],
    ['/certificates/info', encode([{ filename: 'pve-root-ca.pem', fingerprint }])],
    ['/nodes', encode([{ node: 'pve1', status: 'online' }])],
    ['/version', encode({ version: '9.2.10', release: '9.2', repoid: 'bench' })],
  ];
  const nothing = encode({});
  return url => others.find(([part]) => url.includes(part))?.[1] ?? nothing;
}

/** As one row of /cluster/resources looks. */
function machineRow(number: number) {
  const type = number % 4 === 0 ? 'lxc' : 'qemu';
  const runs = number % 3 !== 0;
  return {
    id: `${type}/${100 + number}`,
    type,
    vmid: 100 + number,
    node: `pve${(number % 16) + 1}`,
    name: `${['web', 'db', 'cache', 'build'][number % 4]}-${number}.prod.example.org`,
    status: runs ? 'running' : 'stopped',
    template: 0,
    tags: number % 5 === 0 ? 'prod;linux' : '',
    cpu: runs ? 0.0123456789 + number / 1e6 : 0,
    maxcpu: (number % 8) + 1,
    mem: runs ? 1_073_741_824 + number * 4096 : 0,
    maxmem: 4_294_967_296,
    disk: 0,
    maxdisk: 34_359_738_368,
    diskread: number * 1_234_567,
    diskwrite: number * 765_432,
    netin: number * 98_765,
    netout: number * 56_789,
    uptime: runs ? 86_400 + number : 0,
  };
}
