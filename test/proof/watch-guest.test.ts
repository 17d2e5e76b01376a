import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import type { ProofPhase } from '../../src/model/proof.ts';
import { type WatchOptions, type WatchResult, watchGuest } from '../../src/proof/watch-guest.ts';
import { PretendGuest, plainPicture } from './support/pretend-guest.ts';

const quick = { idle: 0.8, busy: 2.4, optical: 0.3, shortestMs: 20, longestMs: 60 };

function watch(guest: PretendGuest, options: Partial<WatchOptions> = {}): Promise<WatchResult> {
  return watchGuest(guest, { limitSeconds: 20, signal: new AbortController().signal, limits: quick, ...options });
}

/** A picture that no console shows. */
function drawing(shift = 0) {
  const picture = plainPicture(0, 640, 480);
  for (let at = 0; at < picture.rgb.length; at++) picture.rgb[at] = (at >> 7) + shift * 40;
  return picture;
}

describe('watching ends', () => {
  it('with login at a prompt on the screen', async () => {
    const guest = new PretendGuest();
    guest.show('Debian GNU/Linux 12 debian tty1', '', 'debian login:');
    const { verdict, screenText, screenMethod, lastPicture } = await watch(guest);
    expect(verdict).toMatchObject({
      state: 'login',
      rule: 'text-login-prompt',
      source: 'screen',
      line: 'debian login:',
      passed: true,
    });
    expect(screenMethod).toBe('vga');
    expect(screenText.at(-1)).toBe('debian login:');
    expect(lastPicture).toBe(guest.picture);
  });

  it('without waiting for the time of the next look once a prompt is heard', async () => {
    const guest = new PretendGuest();
    setTimeout(() => (guest.spoken = 'debian login: '), 300);
    const began = performance.now();
    const { verdict } = await watch(guest, { limits: { ...quick, shortestMs: 10_000, longestMs: 10_000 } });
    expect(verdict).toMatchObject({ state: 'login', source: 'serial' });
    expect(performance.now() - began).toBeLessThan(8000);
  });

  it('with login at a prompt on the serial line', async () => {
    const guest = new PretendGuest();
    setTimeout(() => (guest.spoken = 'Debian GNU/Linux 12 debian ttyS0\r\n\r\ndebian login: '), 100);
    expect((await watch(guest)).verdict).toMatchObject({ state: 'login', source: 'serial' });
  });

  it('with a panic that the kernel follows with a restart at once', async () => {
    const guest = new PretendGuest();
    guest.show('[    2.3] Kernel panic - not syncing: Fatal exception');
    setTimeout(() => {
      guest.show('SeaBIOS');
      guest.emit('RESET', { guest: true, reason: 'guest-reset' });
    }, 200);
    expect((await watch(guest)).verdict).toMatchObject({ state: 'kernel_panic', rule: 'linux-panic' });
  });

  it('with a panic that the guest reports to its hardware', async () => {
    const guest = new PretendGuest();
    guest.emit('GUEST_PANICKED', { action: 'run' });
    expect((await watch(guest)).verdict).toMatchObject({
      state: 'kernel_panic',
      rule: 'guest-panicked',
      source: 'engine',
    });
  });

  it('with frozen soon when systemd says that it has given up', { timeout: 20_000 }, async () => {
    const guest = new PretendGuest();
    guest.show('[    8.1] systemd[1]: Caught <SEGV>, core dump failed.', '[    8.2] systemd[1]: Freezing execution.');
    const { verdict } = await watch(guest, { limits: { ...quick, idle: 15, busy: 15 } });
    expect(verdict).toMatchObject({ state: 'frozen', rule: 'systemd-froze', certainty: 'certain' });
  });

  it('with frozen on a still text screen that no rule explains', async () => {
    const guest = new PretendGuest();
    guest.show('Booting from Hard Disk...');
    const { verdict } = await watch(guest, { limits: { ...quick, idle: 1.6 } });
    expect(verdict).toMatchObject({ state: 'frozen', line: 'Booting from Hard Disk...' });
    expect(verdict.reason).toMatch(/idle/);
  });

  it('with a boot loader error when a boot program of the disk came back to the firmware', {
    timeout: 20_000,
  }, async () => {
    const guest = new PretendGuest();
    const option = 'Boot0001 "UEFI QEMU HARDDISK QM00001 " from PciRoot(0x0)/Pci(0x1F,0x2)';
    guest.spoken = `BdsDxe: starting ${option}\r\n`;
    setTimeout(() => guest.show('UEFI Interactive Shell v2.2', 'Shell> _'), 200);
    const limits = { ...quick, idle: 10, busy: 10 };
    const { verdict } = await watch(guest, { limits });
    expect(verdict).toMatchObject({ state: 'bootloader_error', rule: 'boot-program-returned', source: 'serial' });
    const other = new PretendGuest();
    other.spoken = `BdsDxe: starting ${option}\r\nError preparing initrd: Not Found\r\nBdsDxe: failed to start ${option}: Not Found\r\n`;
    other.show('UEFI Interactive Shell v2.2', 'Shell> _');
    expect((await watch(other, { limits })).verdict).toMatchObject({
      state: 'bootloader_error',
      rule: 'systemd-boot-error',
      line: 'Error preparing initrd: Not Found',
    });
  });

  it('with no boot device when the only boot program that ran was one of the firmware', {
    timeout: 20_000,
  }, async () => {
    const guest = new PretendGuest();
    const shell = 'Boot0002 "EFI Internal Shell" from Fv(7CB8BDC9)/FvFile(7C04A583)';
    guest.spoken = `BdsDxe: failed to load Boot0001 "UEFI QEMU HARDDISK" from PciRoot(0x0): Not Found\r\nBdsDxe: starting ${shell}\r\n`;
    guest.show('UEFI Interactive Shell v2.2', 'Shell> _');
    const { verdict } = await watch(guest, { limits: { ...quick, idle: 10, busy: 10 } });
    expect(verdict).toMatchObject({ state: 'no_boot_device', rule: 'uefi-shell' });
  });

  it('with frozen on an empty screen once it has been still for as long as any other', async () => {
    const guest = new PretendGuest();
    guest.spoken = 'Loading Linux 6.1 ...\r\nLoading initial ramdisk ...\r\n';
    guest.show();
    setTimeout(() => guest.show('debian login:'), 1500);
    expect((await watch(guest, { limits: { ...quick, idle: 3 } })).verdict.state).toBe('login');
    const dead = new PretendGuest();
    dead.spoken = guest.spoken;
    dead.show();
    expect((await watch(dead)).verdict).toMatchObject({ state: 'frozen', rule: 'nothing-changes' });
  });

  it('with no boot device when the BIOS starts an empty boot sector', { timeout: 10_000 }, async () => {
    const guest = new PretendGuest();
    guest.show('SeaBIOS (version 1.16.2)', 'Booting from Hard Disk...');
    const limits = { ...quick, idle: 10, busy: 10 };
    const { verdict } = await watch(guest, { limits, unbootable: true });
    expect(verdict).toMatchObject({ state: 'no_boot_device', rule: 'boot-sector-empty' });
  });

  it('with frozen on a black screen from the start', async () => {
    const guest = new PretendGuest();
    guest.text = undefined;
    expect((await watch(guest)).verdict).toMatchObject({ state: 'frozen', rule: 'nothing-changes' });
  });

  it('later with frozen when the processor is busy', async () => {
    const guest = new PretendGuest();
    guest.load = 1;
    const started = performance.now();
    const { verdict } = await watch(guest, { limits: { ...quick, idle: 1.6 } });
    expect(verdict).toMatchObject({ state: 'frozen' });
    expect(verdict.reason).toMatch(/busy/);
    expect(performance.now() - started).toBeGreaterThan(2300);
  });

  it('without a verdict on a still picture, whose text is kept', { timeout: 30_000 }, async () => {
    const guest = new PretendGuest();
    guest.text = undefined;
    guest.picture = drawing();
    expect((await watch(guest)).verdict).toMatchObject({ state: 'inconclusive', rule: 'graphical-screen-unread' });
  });

  it('with a loop after too many restarts', async () => {
    const guest = new PretendGuest();
    const phases: ProofPhase[] = [];
    for (const [index, at] of [100, 500, 900].entries()) {
      setTimeout(() => {
        guest.show(`SeaBIOS ${'x'.repeat(index)}`);
        // So far apart on any host, however late its timers are.
        guest.emit('RESET', { guest: true }, new Date(guest.startedAt.getTime() + at * 10));
      }, at);
    }
    const limits = { ...quick, idle: 5 };
    const { verdict } = await watch(guest, { limits, progress: ({ phase }) => phases.push(phase) });
    expect(verdict).toMatchObject({ state: 'reboot_loop', rule: 'reboot-loop', restarts: 3, passed: false });
    expect(phases.filter(phase => phase === 'firmware').length).toBeGreaterThanOrEqual(2);
  });

  it('without a verdict when the guest switches itself off', async () => {
    const guest = new PretendGuest();
    guest.emit('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
    expect((await watch(guest)).verdict).toMatchObject({ state: 'inconclusive', rule: 'guest-shut-down' });
  });

  it('at the time limit with the end that was seen while something else never stood still', async () => {
    const guest = new PretendGuest();
    guest.show('ALERT!  UUID=1 does not exist.  Dropping to a shell!', '(initramfs) ');
    const timer = setInterval(() => (guest.spoken += 'usb 1-1: device not accepting address\n'), 50);
    const { verdict } = await watch(guest, { limitSeconds: 4.5 });
    clearInterval(timer);
    expect(verdict).toMatchObject({ state: 'emergency_shell', rule: 'initramfs-shell', certainty: 'likely' });
    expect(verdict.reason).toMatch(/until time was up/);
  });

  it('without a verdict at the time limit', async () => {
    const guest = new PretendGuest();
    const timer = setInterval(() => (guest.spoken += 'still at work\n'), 50);
    const { verdict } = await watch(guest, { limitSeconds: 1.5 });
    clearInterval(timer);
    expect(verdict).toMatchObject({ state: 'inconclusive', rule: 'limit-reached' });
  });

  it.each([
    [
      'QEMU is killed',
      (guest: PretendGuest) => guest.end({ code: undefined, signal: 'SIGKILL', stderr: '' }),
      'engine-ended',
    ],
    [
      'QEMU gives up',
      (guest: PretendGuest) => guest.end({ code: 1, signal: undefined, stderr: 'x\nkvm: internal\x1b error\n' }),
      'engine-ended',
    ],
    [
      'QEMU no longer answers',
      (guest: PretendGuest) => (guest.failure = new Fault('host_fault', 'timed out')),
      'engine-unreachable',
    ],
    [
      'the host is out of space',
      (guest: PretendGuest) => guest.emit('BLOCK_IO_ERROR', { nospace: true, reason: 'No space left on device' }),
      'host-disk-full',
    ],
    [
      'a disk file cannot be read',
      (guest: PretendGuest) => guest.emit('BLOCK_IO_ERROR', { nospace: false, reason: 'Input/output error' }),
      'host-disk-error',
    ],
    ['the accelerator fails', (guest: PretendGuest) => (guest.state = 'internal-error'), 'engine-internal-error'],
  ])('with a fault of the host when %s', async (_, happen, rule) => {
    const guest = new PretendGuest();
    const timer = setInterval(() => (guest.spoken += '.\n'), 50);
    setTimeout(() => happen(guest), 150);
    const { verdict } = await watch(guest);
    clearInterval(timer);
    expect(verdict).toMatchObject({ state: 'host_fault', rule, passed: false });
    expect(verdict.line ?? '').not.toMatch(/[\x00-\x1f]/);
  });
});

describe('watching goes on', () => {
  it('while the guest reads its disk, though nothing is to be seen', async () => {
    const guest = new PretendGuest();
    const timer = setInterval(() => {
      guest.counters = { ...guest.counters, diskReadBytes: guest.counters.diskReadBytes + 4096 };
    }, 100);
    setTimeout(() => guest.show('debian login:'), 2500);
    expect((await watch(guest)).verdict.state).toBe('login');
    clearInterval(timer);
  });

  it('past an error of GRUB that scrolls on to a kernel', async () => {
    const guest = new PretendGuest();
    guest.spoken = 'error: no such device: 1234.\r\nPress any key to continue...\r\n';
    setTimeout(() => guest.show('[    0.0] Linux version 6.1', '[    1.0] ACPI'), 200);
    setTimeout(() => guest.show('[    1.0] ACPI', 'debian login:'), 500);
    expect((await watch(guest)).verdict.state).toBe('login');
  });

  it('past a login prompt that is gone at the next look', async () => {
    const guest = new PretendGuest();
    guest.show('debian login:');
    setTimeout(() => guest.show('Starting over'), 60);
    expect((await watch(guest)).verdict.state).toBe('frozen');
  });

  it('but a blinking cursor and a clock do not keep it waiting', async () => {
    const guest = new PretendGuest();
    guest.show('Waiting', '12:00:00');
    const still = guest.picture.rgb;
    let tick = 0;
    const timer = setInterval(() => {
      tick += 1;
      guest.text = ['Waiting', `12:00:${String(tick % 60).padStart(2, '0')}`];
      const rgb = Uint8Array.from(still);
      for (let y = 384; y < 386; y++) rgb.fill(tick % 2 ? 170 : 0, (y * 720 + 8) * 3, (y * 720 + 16) * 3);
      guest.picture = { ...guest.picture, rgb };
    }, 70);
    expect((await watch(guest, { limitSeconds: 5 })).verdict.state).toBe('frozen');
    clearInterval(timer);
  });
});

describe('watching', () => {
  it('tells the phases, and keeps a picture of each and of the end', async () => {
    const guest = new PretendGuest();
    const told: string[] = [];
    const kept: ProofPhase[] = [];
    const steps = [
      'Welcome to GRUB!',
      '[    0.0] Linux version 6.1',
      '[    2.0] systemd[1]: Detected',
      'debian login:',
    ];
    for (const [index, line] of steps.entries())
      setTimeout(() => guest.show(...steps.slice(0, index), line), index * 250);
    const { timeline } = await watch(guest, {
      progress: ({ phase }) => told.push(phase),
      keepPicture: async (_, __, phase) => void kept.push(phase),
    });
    expect(timeline.map(entry => entry.phase)).toEqual(['firmware', 'boot_loader', 'kernel', 'user_space', 'verdict']);
    expect(told).toEqual(expect.arrayContaining(['boot_loader', 'kernel', 'user_space', 'verdict']));
    expect(kept).toEqual(['boot_loader', 'kernel', 'user_space', 'verdict']);
    expect(timeline.map(entry => entry.at)).toEqual(timeline.map(entry => entry.at).sort((one, other) => one - other));
  });

  it('ends at once when it is cancelled', async () => {
    const guest = new PretendGuest();
    const controller = new AbortController();
    const result = watch(guest, { signal: controller.signal, limits: {} });
    const failed = expect(result).rejects.toMatchObject({ code: 'cancelled' });
    await wait(300);
    const started = performance.now();
    controller.abort();
    await failed;
    expect(performance.now() - started).toBeLessThan(200);
    const { looks } = guest;
    await wait(700);
    expect(guest.looks).toBe(looks);
  });

  it('passes on what keeping a picture throws', async () => {
    const guest = new PretendGuest();
    guest.show('debian login:');
    const full = new Fault('host_fault', 'disk full');
    await expect(watch(guest, { keepPicture: () => Promise.reject(full) })).rejects.toBe(full);
    guest.show('Welcome to GRUB!');
    await expect(watch(guest, { keepPicture: () => Promise.reject(full) })).rejects.toBe(full);
  });

  it('costs little while nothing happens', async () => {
    const guest = new PretendGuest();
    guest.picture = plainPicture(0, 1280, 800);
    guest.text = undefined;
    await watch(guest, { limits: { idle: 60 }, limitSeconds: 1 });
    const before = process.cpuUsage();
    const result = await watch(guest, { limits: { idle: 60, optical: 60 }, limitSeconds: 4 });
    const used = process.cpuUsage(before);
    expect(result.verdict.rule).toBe('limit-reached');
    expect((used.user + used.system) / 1e6 / 4).toBeLessThan(0.15);
  });
});
