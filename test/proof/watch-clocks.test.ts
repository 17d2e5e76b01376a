import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import { AttendedClock } from '../../src/proof/watch/attended-clock.ts';
import { ObservedTime } from '../../src/proof/watch/observed-time.ts';
import { SceneReader } from '../../src/proof/watch/scene-reader.ts';
import { SpinnerWatch } from '../../src/proof/watch/spinner-watch.ts';
import { watchGuest } from '../../src/proof/watch-guest.ts';
import { PretendGuest, plainPicture } from './support/pretend-guest.ts';

const quick = { idle: 1, busy: 1, optical: 60, shortestMs: 20, longestMs: 60 };
const watch = (guest: PretendGuest, limitSeconds = 20) =>
  watchGuest(guest, { limitSeconds, signal: new AbortController().signal, limits: quick });

describe('the time for which a guest is watched', () => {
  it('leaves out what its watcher did not see, since it was suspended', () => {
    let now = 100;
    const clock = new AttendedClock(2, () => now);
    now = 101.5;
    expect(clock.seconds).toBeCloseTo(3.5);
    now += 3600;
    expect(clock.seconds).toBeCloseTo(4);
    now += 1;
    expect(clock.seconds).toBeCloseTo(5);
    clock.close();
  });

  it('goes on by itself while nobody asks for it', async () => {
    let now = 0;
    const clock = new AttendedClock(0, () => now);
    for (let step = 0; step < 4; step++) {
      now += 3;
      await wait(600);
    }
    expect(clock.seconds).toBeCloseTo(12);
    clock.close();
  });

  it('counts little of a time in which QEMU did not answer', () => {
    let now = 0;
    const time = new ObservedTime(() => now);
    now = 2;
    time.look();
    expect(time.seconds).toBe(2);
    now = 31;
    expect([time.seconds, time.silentSeconds]).toEqual([7, 29]);
    time.look();
    now = 32;
    expect([time.seconds, time.silentSeconds]).toEqual([8, 1]);
  });
});

describe('a QEMU', () => {
  it('that was paused for longer than an answer may take is asked again', async () => {
    const guest = new PretendGuest();
    guest.show('Starting');
    guest.failure = new Fault('timeout', 'QEMU did not answer screendump within 30000 ms.');
    setTimeout(() => {
      guest.failure = undefined;
      guest.show('debian login:');
    }, 600);
    expect((await watch(guest)).verdict.state).toBe('login');
  });

  it('that refuses a picture once is asked again', async () => {
    const guest = new PretendGuest();
    guest.failure = new Fault('failed', 'QEMU refused the command screendump.');
    setTimeout(() => {
      guest.failure = undefined;
      guest.show('debian login:');
    }, 300);
    expect((await watch(guest)).verdict.state).toBe('login');
  });
});

describe('a guest', () => {
  it('that only writes to its disk is at work, and one that writes its logs is not', { timeout: 20_000 }, async () => {
    // By the clock, and not by a timer, which a busy host keeps waiting.
    const write = (guest: PretendGuest, bytesPerSecond: number) => {
      const began = performance.now();
      const written = () => Math.floor(((performance.now() - began) / 1000) * bytesPerSecond);
      guest.activity = async () => ({ diskReadBytes: 0, diskWriteBytes: written(), cpuSeconds: 0 });
    };
    const [busy, logging] = [new PretendGuest(), new PretendGuest()];
    for (const guest of [busy, logging]) {
      guest.show('Resizing');
      setTimeout(() => guest.show('debian login:'), 2500);
    }
    write(busy, 5 * 1024 * 1024);
    write(logging, 40 * 1024);
    const found = await Promise.all([watch(busy), watch(logging)]);
    expect(found.map(({ verdict }) => verdict.state)).toEqual(['login', 'frozen']);
  });

  it.each([
    ['a spinner, which is alive', 20, true],
    ['a clock, which may not be', 1000, false],
    ['nothing else', Infinity, false],
  ])('that draws %s', async (_, milliseconds, alive) => {
    const guest = new PretendGuest();
    guest.text = undefined;
    const { rgb, ...size } = plainPicture(0, 640, 480);
    for (let at = 0; at < rgb.length; at++) rgb[at] = at >> 7;
    const began = performance.now();
    guest.screendump = async () => {
      const next = Uint8Array.from(rgb);
      const count = Math.floor((performance.now() - began) / milliseconds);
      return { ...size, rgb: next.fill(count % 60, (300 * 640 + 320) * 3, (300 * 640 + 340) * 3) };
    };
    const reader = new SceneReader(guest, new SpinnerWatch(0, 50));
    const { signal } = new AbortController();
    const scenes = [];
    for (let look = 0; look < 16; look++) {
      scenes.push(await reader.look(signal));
      await wait(30);
    }
    expect(scenes.slice(1).some(({ progressed }) => progressed)).toBe(alive);
    expect(scenes.slice(1).some(({ moved }) => moved)).toBe(false);
  });
});
