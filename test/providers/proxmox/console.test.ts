import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/host/png/encode-png.ts';
import { socketRequest } from '../../../src/providers/proxmox/console/screen-requests.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { type MachineBench, openMachineBench, openSessionAt } from './support/machine-bench.ts';

const missing = missingContracts();
const web = 'proxmox:lab/100';
const proxy = 'proxmox:lab/200';
const proxyPath = '/nodes/{node}/qemu/{vmid}/vncproxy';

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `the console of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    let home: string;
    beforeAll(async () => {
      home = await mkdtemp(path.join(tmpdir(), 'vmb-console-'));
      bench = await openMachineBench({ version });
      Object.assign(bench.session, { paths: { ...bench.session.paths, run: path.join(home, 'run') } });
    });
    afterEach(() => {
      bench.server.clearFaults();
      bench.server.guest(100).qmpstatus = 'running';
      screen().namesKeys = true;
    });
    afterAll(async () => {
      await Promise.resolve(bench[Symbol.asyncDispose]()).finally(() => rm(home, { recursive: true, force: true }));
    });

    const screen = () => bench.server.screen(100);
    /** Nobody looks any more: neither at the machine nor at the container. */
    const untilAlone = () => expect.poll(() => screen().clients + bench.server.screen(200).clients).toBe(0);

    it.each([
      [web, 100, 1],
      [proxy, 200, 700],
    ])('shows the screen of %s, pixel for pixel', async (vm, vmid, frameBytes) => {
      const shown = bench.server.screen(vmid);
      shown.resize(120, 50);
      shown.paint((x, y) => (x * 40_503 + y * 1021) & 0xffffff);
      shown.frameBytes = frameBytes * 31;
      const answer = await bench.run('vm.screenshot', { vm });
      const rgb = Uint8Array.from(
        [...shown.pixels].flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]),
      );
      expect(answer).toEqual({
        width: 120,
        height: 50,
        format: 'png',
        data: encodePng({ width: 120, height: 50, rgb }).toString('base64'),
      });
      await untilAlone();
    });

    it('goes the way that the plan tells, and writes no file over another', async () => {
      const file = path.join(home, 'web.png');
      bench.forget();
      const asked = version === '8.4' ? { 'generate-password': true } : {};
      const plan = await bench.plan('vm.screenshot', { vm: web, file });
      expect(bench.sent()).toEqual([]);
      expect(plan).toMatchObject([
        { request: { to: 'lab', body: { method: 'POST', params: { websocket: true, ...asked } } } },
        { request: { body: { method: 'GET', params: { port: '<port>', vncticket: '<secret>' } } } },
        { file: { action: 'create', path: file } },
      ]);
      const answer = await bench.run('vm.screenshot', { vm: web, file });
      expect(answer.data).toBeUndefined();
      expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG');
      expect(bench.sent()).toEqual([
        {
          method: 'POST',
          path: proxyPath,
          params: { node: 'pve1', vmid: '100', websocket: '1', ...(version === '8.4' && { 'generate-password': '1' }) },
        },
      ]);
      await expect(bench.run('vm.screenshot', { vm: web, file })).rejects.toMatchObject({ code: 'conflict' });
      bench.forget();
      await bench.run('vm.screenshot', { vm: proxy });
      expect(bench.sent()[0]?.params).toEqual({ node: 'pve1', vmid: '200', websocket: '1' });
    });

    it('presses chords by the places of their keys, and lets them go', async () => {
      screen().keys.length = 0;
      const steps = await bench.plan('vm.sendKeys', { vm: web, keys: ['ctrl-alt-delete', 'shift-a'] });
      expect(steps.map(step => step.summary).slice(-2)).toEqual(['Press ctrl-alt-delete.', 'Press shift-a.']);
      expect(await bench.run('vm.sendKeys', { vm: web, keys: ['ctrl-alt-delete', 'shift-a'] })).toEqual({ sent: 2 });
      expect(screen().keys.map(({ scancode, down }) => [scancode, down])).toEqual([
        ...[0x1d, 0x38, 0xd3].map(code => [code, true]),
        ...[0xd3, 0x38, 0x1d].map(code => [code, false]),
        ...[0x2a, 0x1e].map(code => [code, true]),
        ...[0x1e, 0x2a].map(code => [code, false]),
      ]);
      expect(screen().keys[7]?.keysym).toBe('A'.charCodeAt(0));
      await untilAlone();
    });

    it('types a text on the layout of the guest, and tells nobody what', async () => {
      screen().keys.length = 0;
      const input = { vm: web, text: 'zY@ê', layout: 'de' as const, enter: true, charactersPerSecond: 200 };
      const plan = await bench.plan('vm.type', input);
      expect(plan.map(step => step.summary).slice(-2)).toEqual([
        'Press the keys of 4 characters, 200 a second.',
        'Press Enter.',
      ]);
      expect(JSON.stringify(plan)).not.toContain('zY');
      expect(await bench.run('vm.type', input)).toEqual({ typed: 4 });
      const down = screen().keys.filter(key => key.down);
      expect(down.map(({ scancode }) => scancode)).toEqual([0x15, 0x2a, 0x2c, 0xb8, 0x10, 0x29, 0x12, 0x1c]);
      // z, Shift, Y, AltGr, @, the accent, e, Enter
      const keysyms = [0x7a, 0xffe1, 0x59, 0xffea, 0x40, 0xfe52, 0x65, 0xff0d];
      expect(down.map(({ keysym }) => keysym)).toEqual(keysyms);
      expect(screen().keys.filter(key => !key.down)).toHaveLength(down.length);
      await expect(bench.run('vm.type', { vm: web, text: 'ж', layout: 'de' })).rejects.toMatchObject({
        code: 'invalid',
      });
    });

    it('types by characters where the server knows nothing of places', async () => {
      screen().namesKeys = false;
      screen().keys.length = 0;
      await bench.run('vm.type', { vm: web, text: 'zê', layout: 'de', enter: true, charactersPerSecond: 200 });
      const down = screen().keys.filter(key => key.down);
      expect(down.map(({ keysym, scancode }) => [keysym, scancode])).toEqual(
        [0x7a, 0xea, 0xff0d].map(key => [key, undefined]),
      );
    });

    it('types any characters into a terminal', async () => {
      const { keys } = bench.server.screen(200);
      keys.length = 0;
      await bench.run('vm.type', { vm: proxy, text: 'ж€a\n', charactersPerSecond: 200 });
      expect(keys.filter(key => key.down).map(({ keysym }) => keysym)).toEqual([0x1000436, 0x20ac, 0x61, 0xff0d]);
      await expect(bench.run('vm.type', { vm: proxy, text: 'a\u001b' })).rejects.toMatchObject({ code: 'invalid' });
    });

    it('is refused where the machine has no screen, or takes no keys', async () => {
      const stopped = { code: 'conflict', data: { state: 'stopped' } };
      await expect(bench.run('vm.screenshot', { vm: 'proxmox:lab/101' })).rejects.toMatchObject(stopped);
      await expect(bench.plan('vm.console', { vm: 'proxmox:lab/101' })).rejects.toMatchObject({ code: 'unsupported' });
      bench.server.guest(100).qmpstatus = 'paused';
      const paused = { code: 'conflict', data: { state: 'paused' } };
      await expect(bench.run('vm.sendKeys', { vm: web, keys: ['a'] })).rejects.toMatchObject(paused);
      await expect(bench.run('vm.type', { vm: web, text: 'a' })).rejects.toMatchObject(paused);
      expect((await bench.run('vm.screenshot', { vm: web })).width).toBe(screen().width);
    });

    it('tells how far it came when the connection breaks, and does not go on by another', async () => {
      screen().keys.length = 0;
      const typing = bench.run('vm.type', { vm: web, text: 'a'.repeat(100) });
      typing.catch(() => {});
      await expect.poll(() => screen().keys.length).toBeGreaterThan(6);
      screen().drop();
      await expect(typing).rejects.toMatchObject({ code: 'failed', data: { typed: expect.any(Number), of: 100 } });
      expect(screen().keys.length).toBeLessThan(150);
    });

    it('ends at once when the call is cancelled', async () => {
      const controller = new AbortController();
      const typing = bench.run('vm.type', { vm: web, text: 'a'.repeat(100) }, { signal: controller.signal });
      typing.catch(() => {});
      await expect.poll(() => screen().clients).toBe(1);
      controller.abort();
      await expect(typing).rejects.toMatchObject({ code: 'cancelled' });
      await untilAlone();
    });

    it.each([
      ['reset-before', undefined, 'host_fault'],
      ['reset-after', undefined, 'host_fault'],
      ['close-mid-body', undefined, 'host_fault'],
      ['status', 500, 'failed'],
      ['status', 596, 'host_fault'],
      ['status', 403, 'denied'],
    ] as const)('asks for a way no second time after %s %s', async (kind, status, code) => {
      const options = status === undefined ? {} : { status, reason: 'it broke' };
      const fault = bench.server.fault({ match: { template: proxyPath }, kind, times: 5, ...options });
      screen().keys.length = 0;
      await expect(bench.run('vm.sendKeys', { vm: web, keys: ['a'] })).rejects.toMatchObject({ code });
      expect(fault.met).toBe(1);
      expect(screen().keys).toEqual([]);
    });

    it('tells no ticket to anybody when a way leads nowhere', async () => {
      const { signal } = new AbortController();
      const guest = await bench.session.findGuest(web, signal);
      const opening = bench.session.client.openWebSocket(socketRequest(guest, 59_999, 'PVEVNC:hidden'), { signal });
      const error: unknown = await opening.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'Fault' });
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hidden');
    });

    it('needs the privilege for it, which the refusal names', async () => {
      bench.server.access.addUser('op@pve', 'op-secret');
      bench.server.access.grant('/', 'op@pve', 'PVEAuditor');
      const session = await openSessionAt(bench.server, { user: 'op@pve', credential: 'op' }).then(opened => opened);
      const { takeScreenshot } = await import('../../../src/providers/proxmox/console/take-screenshot.ts');
      const call = { signal: new AbortController().signal, door: 'cli' as const, progress() {} };
      const looking = takeScreenshot(session, { vm: web, text: false }, call);
      await expect(looking).rejects.toMatchObject({ code: 'denied' });
      await session.client.close();
    });
  },
);
