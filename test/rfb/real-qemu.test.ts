import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyCodes } from '../../src/qemu/input/key-names.ts';
import { encodings } from '../../src/rfb/encodings/encodings.ts';
import { chordKeys } from '../../src/rfb/keys/chord-keys.ts';
import { keyTable } from '../../src/rfb/keys/key-table.ts';
import { pressKeys } from '../../src/rfb/keys/press-keys.ts';
import { RfbClient } from '../../src/rfb/rfb-client.ts';
import { replay } from './support/replayed-server.ts';
import { startVncQemu, type VncQemu } from './support/vnc-qemu.ts';

const { signal } = new AbortController();

describe.skipIf(process.platform === 'win32')('a viewer of the VNC display of a real QEMU', () => {
  let qemu: VncQemu;
  beforeAll(async () => {
    qemu = await startVncQemu();
    await untilPainted(qemu);
  }, 60_000);
  afterAll(() => qemu?.stop());

  it.each(['raw', 'hextile', 'zrle', 'tight'] as const)('sees what QEMU shows, by the encoding %s', async name => {
    const client = await RfbClient.connect(qemu.open(), { signal, encodings: [encodings[name]] });
    const picture = await client.capture();
    client.close();
    expect(sameAs(picture, await qemu.screendump())).toBe(true);
  });

  it.each(['raw', 'hextile', 'zrle', 'tight'] as const)(
    'sees the same of a recording, however it is cut (%s)',
    async name => {
      const pieces: Buffer[] = [];
      const socket = qemu.open();
      const push = socket.push.bind(socket);
      socket.push = (chunk: Buffer | null) => {
        if (chunk !== null) pieces.push(Buffer.from(chunk));
        return push(chunk);
      };
      const client = await RfbClient.connect(socket, { signal, encodings: [encodings[name]] });
      const seen = await client.capture();
      client.close();
      const recorded = Buffer.concat(pieces);
      // Version, security types, result, and ServerInit with the name: from there on QEMU answers what it is asked.
      const held = 12 + 2 + 4 + 24 + recorded.readUInt32BE(12 + 2 + 4 + 20);
      const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(lengths, async cuts => {
          const again = await RfbClient.connect(replay(recorded, { lengths: cuts, held, ends: false }), { signal });
          expect(sameAs(await again.capture(), seen)).toBe(true);
          again.close();
        }),
        { numRuns: 3 },
      );
    },
  );

  it('sees the same again and again, and at several viewers at a time', async () => {
    const clients: RfbClient[] = [];
    // One after the other: QEMU lets only one wait at its socket.
    for (let number = 0; number < 2; number++) clients.push(await RfbClient.connect(qemu.open(), { signal }));
    const dump = await qemu.screendump();
    for (let round = 0; round < 2; round++) {
      for (const client of clients) expect(sameAs(await client.capture(), dump)).toBe(true);
    }
    for (const client of clients) client.close();
  });

  it('gets in with the password, and only with that', async () => {
    await qemu.setPassword('Geheim!8');
    const client = await RfbClient.connect(qemu.guarded(), { signal, password: 'Geheim!8 and more' });
    expect((await client.capture()).width).toBeGreaterThan(0);
    client.close();
    const wrong = RfbClient.connect(qemu.guarded(), { signal, password: 'Geheim!9' });
    await expect(wrong).rejects.toMatchObject({ code: 'denied', data: { reason: expect.any(String) } });
    await expect(RfbClient.connect(qemu.guarded(), { signal })).rejects.toMatchObject({ code: 'denied' });
  });

  it('is ended by its signal, also while it waits', async () => {
    const { signal: cancelled, abort } = withAbort();
    const client = await RfbClient.connect(qemu.open(), { signal: cancelled });
    await client.capture();
    abort();
    await expect(client.capture()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('presses the very keys that QEMU has those names for', async () => {
    expect([...keyTable.keys()].toSorted()).toEqual([...keyCodes].toSorted());
    const client = await RfbClient.connect(qemu.open(), { signal });
    await client.capture();
    expect(client.namesKeys).toBe(true);
    const before = (await qemu.keys()).length;
    const names = [...keyTable.keys()].map(name => (name === 'sysrq' ? 'print' : name));
    for (const key of keyTable.values()) for (const down of [true, false]) client.sendKey(key, down);
    await client.settle();
    client.close();
    const pressed = (await qemu.keys()).slice(before);
    // QEMU itself presses these where the state of the lock does not fit to what is typed.
    const isLock = (name: string | undefined) => name === 'num_lock' || name === 'caps_lock';
    for (const way of ['down', 'up']) {
      const seen = pressed.filter(key => key.endsWith(` ${way}`)).map(key => key.split(' ')[0]);
      expect(seen.filter(name => !isLock(name))).toEqual(names.filter(name => !isLock(name)));
      expect(seen).toEqual(expect.arrayContaining(names.filter(isLock)));
    }
  });

  it('presses keys no faster than QEMU takes them', async () => {
    await qemu.setPassword('letmein!');
    const client = await RfbClient.connect(qemu.guarded(), { signal, password: 'letmein!' });
    await client.capture();
    const before = (await qemu.keys()).length;
    const chord = ['ctrl', 'alt', 'delete'];
    for (let round = 0; round < 12; round++) await pressKeys(client, chord.map(findKey), 1);
    const expected = [...chord.map(name => `${name} down`), ...chord.toReversed().map(name => `${name} up`)];
    expect((await qemu.keys()).slice(before, before + 11 * 6)).toEqual(
      Array.from({ length: 11 }, () => expected).flat(),
    );
    client.close();
  });

  it('leaves Caps Lock as it is when Shift is held', async () => {
    const client = await RfbClient.connect(qemu.open(), { signal });
    await client.capture();
    // Back to where it was, should a test before have changed it.
    await pressKeys(client, chordKeys(['a']), 1);
    const before = (await qemu.keys()).length;
    for (const chord of [['shift', 'a'], ['ctrl', 'shift_r', 'z'], ['b']]) await pressKeys(client, chordKeys(chord), 1);
    await client.settle();
    client.close();
    const down = (await qemu.keys()).slice(before).filter(key => key.endsWith('down'));
    expect(down).toEqual(['shift down', 'a down', 'ctrl down', 'shift_r down', 'z down', 'b down']);
  });

  it('leaves no key down when its connection ends', async () => {
    const client = await RfbClient.connect(qemu.open(), { signal });
    await client.capture();
    const before = (await qemu.keys()).length;
    for (const name of ['ctrl', 'alt']) client.sendKey(findKey(name), true);
    await client.settle();
    client.close();
    await expect
      .poll(async () => (await qemu.keys()).slice(before).toSorted(), { timeout: 5000 })
      .toEqual(['alt down', 'alt up', 'ctrl down', 'ctrl up']);
  });
});

function findKey(name: string) {
  return keyTable.get(name) ?? { keysym: 0, scancode: 0 };
}

function withAbort() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function sameAs(first: { width: number; rgb: Uint8Array }, second: { width: number; rgb: Uint8Array }): boolean {
  return first.width === second.width && Buffer.compare(first.rgb, second.rgb) === 0;
}

/** Until the machine's program has written all its colours. */
async function untilPainted(qemu: VncQemu): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { rgb } = await qemu.screendump();
    if ((rgb[0] ?? 0) > 200) return;
    await delay(100);
  }
  throw new Error('the machine never painted its picture');
}
