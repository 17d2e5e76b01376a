import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBootDisk, obeyPowerButtonAsleep } from '../qemu/support/boot-sector.ts';
import { openMachineHome, smallest, waitForNothing } from '../support/machine-server.ts';
import { bootInARow } from './support/boot-in-a-row.ts';

describe('boots in a row', () => {
  it('all end by the power button and leave nothing', { timeout: 300_000 }, async () => {
    await using place = await openMachineHome();
    const server = await place.start();
    const { methods } = await bootInARow(place, server, { boots: 12, keptEach: 2, looks: [] });
    expect(methods).toEqual({ guest: 12 });
    expect(await waitForNothing(place)).toEqual([]);
    await server.stop();
  });

  it('press the button again for a guest that was not listening yet', { timeout: 120_000 }, async () => {
    await using place = await openMachineHome();
    // mov cx, 36; wait: hlt; loop wait — two seconds of the BIOS' clock before it listens.
    const deaf = [0xfb, 0xb9, 36, 0, 0xf4, 0xe2, 0xfd];
    const disk = path.join(place.folder, 'late.raw');
    writeFileSync(disk, createBootDisk([...deaf, ...obeyPowerButtonAsleep]));
    const server = await place.start();
    await server.call('vm.create', { name: 'late', image: disk, format: 'raw', ...smallest, wait: 60 });
    await server.call('vm.start', { vm: 'late', wait: 60 });
    await wait(100);
    expect((await server.call('vm.stop', { vm: 'late', wait: 90 })).method).toBe('guest');
    await server.stop();
  });
});
