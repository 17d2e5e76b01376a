import { describe, expect, it } from 'vitest';
import { classify, type Match } from '../../src/proof/classify.ts';
import { Patience } from '../../src/proof/watch/patience.ts';

function matchesOf(...screen: string[]): Match[] {
  return classify({ screen, screenMethod: 'vga', serial: [], firmware: [] });
}

const menu = ['GNU GRUB  version 2.06', '*Debian', 'Use the ^ and v keys to select which entry is highlighted.'];

describe('patience', () => {
  it('gives GRUB time to go on after an error', () => {
    const patience = new Patience();
    const matches = matchesOf('error: no such device: 1234.');
    const at = (now: number) => patience.consider(matches, { now, lastProgress: 1, still: true });
    expect([1, 5, 10, 13.9].map(at)).toEqual([undefined, undefined, undefined, undefined]);
    expect(at(14.1)?.rule.id).toBe('grub-error');
  });

  it('lets GRUB boot a silent kernel after an error that it only tells of', () => {
    const patience = new Patience();
    const matches = matchesOf('error: no such device: 1234.', '', 'Press any key to continue...');
    const at = (now: number) => patience.consider(matches, { now, lastProgress: 1, still: true });
    expect([1, 14.1, 60].map(at)).toEqual([undefined, undefined, undefined]);
  });

  it('starts anew when something moves', () => {
    const patience = new Patience();
    const matches = matchesOf('error: no such device: 1234.');
    expect(patience.consider(matches, { now: 1, lastProgress: 1, still: true })).toBeUndefined();
    expect(patience.consider(matches, { now: 15, lastProgress: 12, still: false })).toBeUndefined();
    expect(patience.consider(matches, { now: 25.5, lastProgress: 12, still: true })?.rule.id).toBe('grub-error');
  });

  it('names the error when the menu comes back after it', () => {
    const patience = new Patience();
    patience.consider(matchesOf("error: file `/vmlinuz' not found."), { now: 1, lastProgress: 1, still: true });
    const waiting = matchesOf(...menu);
    expect(patience.consider(waiting, { now: 12, lastProgress: 12, still: false })).toBeUndefined();
    expect(patience.consider(waiting, { now: 17.1, lastProgress: 12, still: true })?.rule.id).toBe('grub-error');
  });

  it('remembers what was seen for long while something else never stood still, but nothing that passes', () => {
    const patience = new Patience();
    const shell = matchesOf('(initramfs) ');
    for (const now of [1, 2, 3.9]) {
      expect(patience.consider(shell, { now, lastProgress: now, still: false })).toBeUndefined();
      expect(patience.held).toBeUndefined();
    }
    expect(patience.consider(shell, { now: 4.1, lastProgress: 4.1, still: false })).toBeUndefined();
    expect(patience.held?.rule.id).toBe('initramfs-shell');
    patience.consider([], { now: 5, lastProgress: 5, still: false });
    expect(patience.held).toBeUndefined();
    const choosy = new Patience({ passOn: ['desktop'], otherwise: 40 });
    const prompt = matchesOf('debian login:');
    for (const now of [1, 60, 120]) choosy.consider(prompt, { now, lastProgress: now, still: false });
    expect(choosy.held).toBeUndefined();
  });

  it('takes a menu that simply waits for a boot menu', () => {
    const patience = new Patience();
    const waiting = matchesOf(...menu);
    patience.consider(waiting, { now: 2, lastProgress: 2, still: false });
    expect(patience.consider(waiting, { now: 10, lastProgress: 2, still: true })).toBeUndefined();
    expect(patience.consider(waiting, { now: 17.1, lastProgress: 2, still: true })?.rule).toMatchObject({
      id: 'boot-menu-waits',
      state: 'boot_menu',
    });
  });

  it('tells when it will be over', () => {
    const patience = new Patience();
    expect(patience.ripensAt).toBeUndefined();
    const matches = matchesOf('error: no such device: 1234.');
    patience.consider(matches, { now: 1, lastProgress: 1, still: false });
    const at = patience.ripensAt ?? Number.NaN;
    expect(patience.consider(matches, { now: at - 0.01, lastProgress: 1, still: true })).toBeUndefined();
    expect(patience.ripensAt).toBeCloseTo(at);
    expect(patience.consider(matches, { now: at + 0.01, lastProgress: 1, still: true })).toBeDefined();
    patience.restart();
    expect(patience.ripensAt).toBeUndefined();
  });

  it('never lets text that was recognised optically decide', () => {
    const patience = new Patience();
    const guess = classify({ screen: ['debian login:'], screenMethod: 'ocr', serial: [], firmware: [] });
    for (const now of [1, 2, 30, 300]) {
      expect(patience.consider(guess, { now, lastProgress: 0, still: true })).toBeUndefined();
    }
  });
});
