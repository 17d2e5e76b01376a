import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { connectRfb } from '../../support/rfb-client.ts';
import { type MachineBench, openMachineBench, openSessionAt } from './support/machine-bench.ts';

const missing = missingContracts();
const web = 'proxmox:lab/100';
const proxyPath = '/nodes/{node}/qemu/{vmid}/vncproxy';
const attended = { door: 'attended' as const };

describe.skipIf(missing !== undefined)(`the console of Proxmox VE, opened to a viewer ${missing ?? ''}`, () => {
  let bench: MachineBench;
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'vmb-console-'));
    bench = await openMachineBench({ version: '9.2' });
    Object.assign(bench.session, { paths: { ...bench.session.paths, run: path.join(home, 'run') } });
  });
  afterEach(() => bench.server.clearFaults());
  afterAll(async () => {
    await Promise.resolve(bench[Symbol.asyncDispose]()).finally(() => rm(home, { recursive: true, force: true }));
  });

  const screen = () => bench.server.screen(100);
  const untilAlone = () => expect.poll(() => screen().clients).toBe(0);

  const open = async (seconds = 30) => {
    const answer = await bench.run('vm.console', { vm: web, kind: 'tcp', seconds }, attended);
    return { ...answer, password: answer.password ?? '', port: Number(answer.address?.split(':')[1]) };
  };

  it.each(['003.008', '003.007', '003.003'])(
    'lets one of protocol %s in with its own password, and only then asks for a way',
    async rfb => {
      screen().resize(64, 48, 0x123456);
      bench.forget();
      const { port, password, ...answer } = await open();
      expect(answer).toMatchObject({ kind: 'tcp', howTo: `vncviewer 127.0.0.1::${port}` });
      expect(password).toMatch(/^[A-Za-z0-9]{8}$/);
      await delay(50);
      expect(bench.sent()).toEqual([]);
      const viewer = await connectRfb({ port }, password, rfb);
      expect(bench.sent()).toHaveLength(1);
      expect([viewer.width, viewer.height, viewer.name]).toEqual([64, 48, 'QEMU (web)']);
      expect(new Set(viewer.pixels)).toEqual(new Set([0x123456]));
      await expect(connectRfb({ port }, password)).rejects.toThrow();
      screen().fill({ x: 0, y: 0, width: 64, height: 48 }, 0x654321);
      expect(new Set(await viewer.refresh())).toEqual(new Set([0x654321]));
      viewer.close();
      await untilAlone();
    },
  );

  it('refuses a wrong password, and is over with that', async () => {
    bench.forget();
    const { port, password } = await open();
    await expect(connectRfb({ port }, 'wrong')).rejects.toThrow('authentication failed');
    await expect(connectRfb({ port }, password)).rejects.toThrow();
    const other = await open();
    await expect(connectRfb({ port: other.port })).rejects.toThrow('security types 2');
    expect(bench.sent()).toEqual([]);
  });

  it('tells the viewer why when the host does not let it in', async () => {
    bench.server.fault({ match: { template: proxyPath }, kind: 'status', status: 500, reason: 'it broke' });
    const { port, password } = await open();
    await expect(connectRfb({ port }, password)).rejects.toThrow('authentication failed');
  });

  it('closes when its time is over, also to one who has connected and waits', async () => {
    const { port, password } = await open(1);
    const silent = connect(port, '127.0.0.1').on('error', () => {});
    await new Promise(resolve => silent.on('close', resolve).resume());
    await expect(connectRfb({ port }, password)).rejects.toThrow();
  });

  it('keeps a viewer beyond that time who was let in before, and gives way only while it waits', async () => {
    const first = await open(1);
    const viewer = await connectRfb({ port: first.port }, first.password);
    const second = await open();
    const third = await open();
    await expect(connectRfb({ port: second.port }, second.password)).rejects.toThrow();
    await delay(1100);
    expect(await viewer.refresh()).toHaveLength(viewer.width * viewer.height);
    viewer.close();
    (await connectRfb({ port: third.port }, third.password)).close();
    await untilAlone();
  });

  it.skipIf(process.platform === 'win32')('is a socket of this user, which goes when the viewer goes', async () => {
    const answer = await bench.run('vm.console', { vm: web }, attended);
    expect(answer).toMatchObject({ kind: 'socket', howTo: expect.stringContaining('vncviewer') });
    expect(answer.password).toBeUndefined();
    const viewer = await connectRfb({ path: answer.socket ?? '' });
    expect(viewer.width).toBe(screen().width);
    viewer.close();
    await expect.poll(async () => (await readdir(path.join(home, 'run', 'consoles'))).length).toBe(0);
  });

  it('is not offered to a command, which ends at once', async () => {
    await expect(bench.run('vm.console', { vm: web })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('plans what it does, without a secret', async () => {
    const { planConsole } = await import('../../../src/providers/proxmox/console/open-console.ts');
    const call = { signal: new AbortController().signal, progress() {}, ...attended };
    const steps = await planConsole(bench.session, { vm: web, kind: 'tcp', seconds: 5 }, call);
    expect(steps).toMatchObject([
      { request: { to: 'this host', body: { listen: '127.0.0.1:<port>' } } },
      { condition: 'Once a viewer has logged in.', request: { body: { method: 'POST' } } },
      { request: { body: { params: { vncticket: '<secret>' } } } },
    ]);
  });

  it('ends with the session', async () => {
    const session = await openSessionAt(bench.server);
    const { openConsole, closeConsoles } = await import('../../../src/providers/proxmox/console/open-console.ts');
    const call = { signal: new AbortController().signal, progress() {}, ...attended };
    const { address, password } = await openConsole(session, { vm: web, kind: 'tcp', seconds: 30 }, call);
    const viewer = await connectRfb({ port: Number(address?.split(':')[1]) }, password);
    closeConsoles(session);
    await session.client.close();
    await expect(viewer.refresh()).rejects.toThrow();
    await untilAlone();
  });
});
