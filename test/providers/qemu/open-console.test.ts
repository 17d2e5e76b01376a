import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { filesBelow } from '../../support/leftovers.ts';
import { connectRfb } from '../../support/rfb-client.ts';
import { socketsIn, startVncGuest, type VncGuest } from './support/vnc-guest.ts';

let test: TestBridge;
let guest: VncGuest;
let vm: string;
const mcp = { door: 'mcp' } as const;

async function startBeside(name: string, places: Parameters<typeof startVncGuest>[2]): Promise<VncGuest> {
  return startVncGuest(path.join(test.home, 'run'), name, places);
}

beforeAll(async () => {
  test = await openTestBridge({ memory: false, configuration: { providers: { qemu: { enabled: true } } } });
  guest = await startBeside("with 'quotes', commas", socketsIn);
  vm = `qemu:local/${guest.name}`;
}, 60_000);
afterAll(async () => {
  await guest?.stop();
  await test?.[Symbol.asyncDispose]();
});

const openPort = async (seconds = 60) => {
  const answer = await test.call('vm.console', { vm, kind: 'tcp', seconds }, mcp);
  return { ...answer, port: Number(answer.address.split(':')[1]) };
};
/** Until the password of the last console is forgotten; a new one would otherwise be it. */
const settle = () => delay(300);

describe.skipIf(process.platform === 'win32')('a console by socket', () => {
  it('lets programs of this user see the screen without a password', async () => {
    const { undo, ...answer } = await test.call('vm.console', { vm });
    expect(undo.irreversible).not.toBe('');
    expect(answer).toEqual({
      kind: 'socket',
      socket: path.join(guest.folder, 'vnc.sock'),
      howTo: `vncviewer '${path.join(guest.folder, 'vnc.sock').replaceAll("'", "'\\''")}'`,
    });
    const { width, height } = await test.call('vm.screenshot', { vm });
    const viewer = await connectRfb({ path: answer.socket });
    expect([viewer.width, viewer.height]).toEqual([width, height]);
    expect(new Set(viewer.pixels).size).toBeGreaterThan(1);
    viewer.close();
  });
});

describe.skipIf(process.platform === 'win32')('a console by port', () => {
  it.each(['003.008', '003.003'])('lets one viewer of protocol %s in with the password', async version => {
    const { port, password, ...answer } = await openPort();
    expect(answer).toMatchObject({ kind: 'tcp', howTo: `vncviewer 127.0.0.1::${port}` });
    expect(password).toMatch(/^[A-Za-z0-9]{8}$/);
    expect(Date.parse(answer.expiresAt) - Date.now()).toBeGreaterThan(50_000);
    const viewer = await connectRfb({ port }, password, version);
    expect(new Set(viewer.pixels).size).toBeGreaterThan(1);
    await settle();
    // The second one: neither by the port nor at QEMU's own socket.
    await expect(connectRfb({ port }, password, version)).rejects.toThrow();
    const guarded = path.join(guest.folder, 'vnc-guarded.sock');
    await expect(connectRfb({ path: guarded }, password, version)).rejects.toThrow('authentication failed');
    // The first one goes on.
    expect((await viewer.refresh()).length).toBe(viewer.width * viewer.height);
    viewer.close();
  });

  it('refuses a wrong password, and is over with that', async () => {
    const { port, password } = await openPort();
    await expect(connectRfb({ port }, 'wrong')).rejects.toThrow('authentication failed');
    await settle();
    await expect(connectRfb({ port }, password)).rejects.toThrow();
    await expect(connectRfb({ path: path.join(guest.folder, 'vnc-guarded.sock') }, password)).rejects.toThrow();
  });

  it('refuses a viewer that asks for no password', async () => {
    const { port } = await openPort();
    await expect(connectRfb({ port })).rejects.toThrow('security types 2');
    await settle();
  });

  it('closes when its time is over, also to one who has connected and waits', async () => {
    const { port, password } = await openPort(1);
    const silent = connect(port, '127.0.0.1').on('error', () => {});
    const ended = new Promise(resolve => silent.on('close', resolve).resume());
    await ended;
    await settle();
    await expect(connectRfb({ port }, password)).rejects.toThrow();
    await expect(connectRfb({ path: path.join(guest.folder, 'vnc-guarded.sock') }, password)).rejects.toThrow(
      'authentication failed',
    );
  });

  it('keeps a viewer beyond that time who was let in before', async () => {
    const { port, password } = await openPort(1);
    const viewer = await connectRfb({ port }, password);
    await delay(2000);
    expect((await viewer.refresh()).length).toBe(viewer.width * viewer.height);
    viewer.close();
  });

  it('gives way to the next one', async () => {
    const [first, second] = [await openPort(), await openPort()];
    expect(first.password).not.toBe(second.password);
    await expect(connectRfb({ port: first.port }, first.password)).rejects.toThrow();
    (await connectRfb({ port: second.port }, second.password)).close();
    await settle();
  });

  it('is not offered to a command, which ends at once', async () => {
    await expect(test.call('vm.console', { vm, kind: 'tcp' })).rejects.toMatchObject({
      code: 'unsupported',
      remedy: expect.stringContaining('--kind socket'),
    });
  });

  it('leaves its password in no log, no record and no argument', async () => {
    const { password, port } = await openPort();
    await expect(connectRfb({ port }, 'wrong')).rejects.toThrow();
    await settle();
    expect(test.audit().at(-1)).toMatchObject({ tool: 'vm.console', input: { kind: 'tcp' }, outcome: 'succeeded' });
    const files = filesBelow(test.home).filter(name => /\.(json|jsonl|log)$/.test(name));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(name => readFileSync(path.join(test.home, name), 'latin1').includes(password))).toEqual([]);
    expect(readFileSync(`/proc/${guest.pid}/cmdline`, 'latin1')).not.toContain(password);
  });
});

describe("QEMU's own port on loopback, as on Windows", () => {
  it('is guarded by the password until it expires', async () => {
    const other = await startBeside('loopback', () => ({ kind: 'loopback', firstPort: 6100 }));
    try {
      const input = { vm: `qemu:local/${other.name}`, seconds: 2 };
      const answer = await test.call('vm.console', input);
      expect(answer).toMatchObject({
        kind: 'tcp',
        address: expect.stringMatching(/^127\.0\.0\.1:6[1-9]\d\d$|:7[01]\d\d$/),
      });
      const port = Number(answer.address.split(':')[1]);
      await expect(connectRfb({ port }, 'wrong')).rejects.toThrow('authentication failed');
      (await connectRfb({ port }, answer.password)).close();
      await delay(3500);
      await expect(connectRfb({ port }, answer.password)).rejects.toThrow('authentication failed');
      await expect(test.call('vm.console', { ...input, kind: 'socket' })).rejects.toMatchObject({
        code: 'unsupported',
        data: { field: 'kind' },
      });
    } finally {
      await other.stop();
    }
  });
});

describe('a machine that has no console', () => {
  it('for it was started without a display, says how to get one', async () => {
    const other = await startBeside('blind', () => undefined);
    try {
      await expect(test.call('vm.console', { vm: 'qemu:local/blind' })).rejects.toMatchObject({
        code: 'unsupported',
        remedy: expect.stringContaining('start it again'),
      });
    } finally {
      await other.stop();
    }
  });

  it('is one that is not there', async () => {
    await expect(test.call('vm.console', { vm: 'qemu:local/none' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
