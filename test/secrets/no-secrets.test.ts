import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForTests } from '../support/mcp-bundle.ts';
import { connectTestClient } from '../support/mcp-client.ts';
import { createTestHome, type TestHome } from '../support/mcp-home.ts';
import { noProviders } from '../support/no-providers.ts';
import { type ContractServer, missingContracts, startContractServer } from '../support/proxmox/contract-server.ts';
import { findTraces, readFolder, shapesOf } from './support/find-traces.ts';
import { ProcessList } from './support/process-list.ts';

const missing = missingContracts();

/** What must stand nowhere. Each is long and odd enough that it can not stand there by chance. */
const secrets: Record<string, string> = {
  password: 'pw-"Zebra\'§ 7451 $(x)`y`%PATH%',
  wrongPassword: 'wrong-Quagga-90217',
  totp: 'JBSWY3DPEHPK3PXPGEZDGNBVGY3TQOJQ',
  containerPassword: 'Okapi-root-33817',
  apiPassword: 'Gnu-api-72290',
  typed: 'Kudu typed 55120',
  input: 'Eland stdin 66731',
  passphrase: 'Sitatunga opens 40417',
};

/** What every door and file said, by where. */
const texts = new Map<string, string>();
let server: ContractServer;
let home: TestHome;
let processes: ProcessList;

/** `vmbridge …` in the home of this test; what it prints is kept. */
async function run(words: readonly string[], input = ''): Promise<number> {
  const child = spawn(process.execPath, [await bundleForTests(), ...words], { env: home.environment, stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  texts.set(`${texts.size}: vmbridge ${words.slice(0, 3).join(' ')}`, `${stdout}${stderr}`);
  return Number(status);
}

/** A call whose input comes by standard input, where no other user can read it. */
function call(id: string, input: object, ...words: string[]): Promise<number> {
  return run(['--verbose', '--yes', 'call', id, '-', ...words], JSON.stringify(input));
}

async function addHosts(): Promise<void> {
  const addresses = server.addresses.flatMap(address => ['--address', address]);
  const reach = [...addresses, '--ca-file', server.caFile];
  expect(await run(['credential', 'set', 'token', '-'], secrets.token)).toBe(0);
  expect(await run(['credential', 'set', 'login', '-'], secrets.password)).toBe(0);
  expect(await run(['credential', 'set', 'second', '-'], secrets.totp)).toBe(0);
  expect(await run(['credential', 'set', 'wrong', '-'], secrets.wrongPassword)).toBe(0);
  const token = ['--user', 'root@pam', '--token', 'full', '--credential', 'token'];
  expect(await run(['host', 'add', 'lab', ...reach, ...token])).toBe(0);
  const login = ['--user', 'op@pve', '--credential', 'login', '--totp', 'second'];
  expect(await run(['host', 'add', 'people', ...reach, ...login])).toBe(0);
  const wrong = ['--user', 'op@pve', '--credential', 'wrong'];
  expect(await run(['host', 'add', 'shut', ...reach, ...wrong])).not.toBe(0);
  expect(await run(['host', 'add', 'shut', ...reach, ...wrong, '--skip-test'])).toBe(0);
}

async function useCommandLine(): Promise<void> {
  for (const words of [['host', 'test', 'people'], ['credential', 'list'], ['config', 'get'], ['list']]) {
    await run(['--verbose', ...words]);
  }
  await call('vm.list', { host: 'shut' });
  const container = {
    host: 'lab',
    kind: 'container',
    name: 'safe',
    template: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    storage: 'local-lvm',
  };
  for (const words of [['--plan'], []]) {
    await call('vm.create', { ...container, password: secrets.containerPassword }, ...words);
    const params = { userid: 'new@pve', password: secrets.apiPassword };
    await call('proxmox.api', { host: 'lab', method: 'POST', path: '/access/users', params }, ...words);
    await call('vm.type', { vm: 'proxmox:lab/100', text: secrets.typed }, ...words);
    const command = { vm: 'proxmox:lab/100', command: 'cat', input: secrets.input };
    await call('vm.exec', { ...command, wait: 5 }, ...words);
  }
  // Wrong on purpose: what was meant as a secret stands in a field that is not there, or has another type.
  await call('credential.set', { name: 'x y', secret: secrets.password });
  await call('credential.set', { name: 'x', secert: secrets.password });
  await call('credential.set', { name: 'x', secret: [secrets.password] });
  server.fault({ match: { method: 'POST', template: '/access/users' }, kind: 'status', status: 500, times: 1 });
  const again = { userid: 'b@pve', password: secrets.apiPassword };
  await call('proxmox.api', { host: 'lab', method: 'POST', path: '/access/users', params: again });
}

async function useMcp(): Promise<void> {
  const configuration = JSON.parse(readFolder(home.folder).get('config.json') ?? '{}');
  const connected = await connectTestClient({
    era: '2025',
    configuration: { ...configuration, log: { stderr: 'debug' } },
  });
  try {
    const params = { password: secrets.apiPassword, userid: 'c@pve' };
    const asked = { host: 'lab', method: 'POST', path: '/access/users', params };
    const answers = [
      await connected.client.callTool({ name: 'vm_list', arguments: {} }),
      await connected.client.callTool({ name: 'proxmox_api', arguments: asked }),
      await connected.client.callTool({ name: 'vm_type', arguments: { vm: 'proxmox:lab/100', text: secrets.typed } }),
      await connected.client.callTool({ name: 'host_list', arguments: {} }),
    ];
    texts.set('MCP answers', JSON.stringify(answers));
    texts.set('MCP standard error', connected.errors());
    for (const [name, content] of readFolder(connected.folder)) texts.set(`home of MCP: ${name}`, content);
  } finally {
    await connected.close();
  }
}

describe.skipIf(missing !== undefined)(`secrets (${missing ?? 'after a run through every door'})`, () => {
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2', allowCodeAgain: true });
    secrets.token = server.rootToken.secret;
    server.access.addUser('op@pve', secrets.password ?? '', { totp: secrets.totp ?? '' });
    server.access.grant('/', 'op@pve', 'Administrator');
    // What a program of the guest prints is no secret of ours.
    server.guest(100).agent.run = () => ({ exitcode: 0, out: 'taken' });
    home = createTestHome({ providers: noProvidersBut('proxmox'), log: { level: 'debug', stderr: 'debug' } });
    home.environment.VMBRIDGE_PASSPHRASE = secrets.passphrase ?? '';
    processes = new ProcessList();
    await addHosts();
    await useCommandLine();
    await useMcp();
    const seen = processes.stop();
    if (seen !== undefined) texts.set('the list of processes', seen);
    for (const [name, content] of readFolder(home.folder)) texts.set(`home: ${name}`, content);
  }, 120_000);

  afterAll(async () => {
    home?.remove();
    await server?.close();
  });

  it('were used: the run signed in, changed things and failed', () => {
    expect(server.calledOf('POST', '/access/ticket').length).toBeGreaterThan(2);
    const changes = server.calls.filter(({ method, status }) => method === 'POST' && status === 200);
    for (const template of ['/access/users', '/nodes/{node}/lxc', '/nodes/{node}/qemu/{vmid}/agent/exec']) {
      expect(changes.map(change => change.template)).toContain(template);
    }
    expect([...texts.keys()].filter(name => name.includes('audit-')).length).toBeGreaterThan(0);
    expect([...texts.keys()].filter(name => name.includes('vmbridge.log')).length).toBeGreaterThan(0);
  });

  it('would be found', () => {
    for (const shape of shapesOf(secrets.password ?? '')) {
      expect(findTraces(secrets, new Map([['there', `before ${shape} after`]]))).toEqual([
        { secret: 'password', place: 'there' },
      ]);
    }
    const inside = Buffer.from(`{"a":"${secrets.typed}"}`).toString('base64');
    expect(findTraces(secrets, new Map([['there', inside]]))).toEqual([{ secret: 'typed', place: 'there' }]);
  });

  it('stand in no log, error, audit line, process list, report or file', () => {
    expect(findTraces(secrets, texts)).toEqual([]);
  });
});

function noProvidersBut(id: string): object {
  return { ...noProviders, [id]: { enabled: true } };
}
