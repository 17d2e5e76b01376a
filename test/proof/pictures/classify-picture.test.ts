import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/model/picture.ts';
import { passingState } from '../../../src/model/verdict.ts';
import { classifyPicture } from '../../../src/proof/classify-picture.ts';
import { allPictureRules } from '../../../src/proof/rules/picture/all-picture-rules.ts';
import type { PictureScene } from '../../../src/proof/rules/picture/picture-rule.ts';
import { readStopCode } from '../../../src/proof/rules/picture/stop-code.ts';
import { describeLayout } from '../../../src/proof/screen/layout/describe-layout.ts';
import type { TextBox } from '../../../src/proof/screen/text-box.ts';

const passing: readonly string[] = passingState.options;

function createPicture(width: number, height: number, colour = 0): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set([colour >> 16, (colour >> 8) & 255, colour & 255], at);
  return { width, height, rgb };
}

function createScene(picture: Picture, boxes: readonly TextBox[]): PictureScene {
  return { picture, layout: describeLayout(picture), lines: boxes.map(box => box.text), boxes };
}

function placeText(text: string, left = 100, top = 100, height = 20): TextBox {
  return { text, left, top, width: text.length * height * 0.5, height, confidence: 0.9 };
}

const statePasses = (scene: PictureScene): boolean =>
  classifyPicture(scene).some(({ rule }) => passing.includes(rule.state));

describe('the rules for graphical screens', () => {
  it('have ids and sentences of their own', () => {
    expect(new Set(allPictureRules.map(rule => rule.id)).size).toBe(allPictureRules.length);
    for (const rule of allPictureRules) {
      expect(rule.id).toMatch(/^picture-[a-z0-9-]+$/);
      expect(rule.reason, rule.id).toMatch(/^[A-Z].*\.$/);
      expect(rule.looksAt, rule.id).toMatch(/^[A-Z].*\.$/);
      if (passing.includes(rule.state)) expect(rule.certainty, rule.id).not.toBe('possible');
    }
  });

  it('never pass a screen of one colour, whatever is read on it', () => {
    const plain = [0, 0xffffff, 0x0078d7].map(colour => createPicture(640, 480, colour));
    const words = fc.constantFrom(
      'Password',
      'Sign in',
      'Log In',
      'login:',
      'Welcome',
      'Kennwort',
      'Not listed?',
      '100%',
    );
    const box = fc.record({
      text: fc.oneof(words, fc.string({ maxLength: 30 })),
      left: fc.integer({ min: 0, max: 600 }),
      top: fc.integer({ min: 0, max: 460 }),
      width: fc.integer({ min: 1, max: 300 }),
      height: fc.integer({ min: 6, max: 30 }),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const layouts = plain.map(picture => ({ picture, layout: describeLayout(picture) }));
    fc.assert(
      fc.property(fc.constantFrom(...layouts), fc.array(box, { maxLength: 12 }), ({ picture, layout }, boxes) => {
        const noClock = boxes.filter(({ text }) => !/\d[:.]\d/.test(text));
        return !statePasses({ picture, layout, lines: noClock.map(({ text }) => text), boxes: noClock });
      }),
    );
  });

  it('say the same of the same screen', () => {
    const scene = createScene(createPicture(640, 480, 0x0078d7), [placeText('Stop code: CRITICAL_PROCESS_DIED')]);
    expect(classifyPicture(scene)).toEqual(classifyPicture({ ...scene }));
  });

  it('take a clock alone, or a date alone, for nothing', () => {
    const picture = createPicture(1280, 800, 0x204060);
    expect(statePasses(createScene(picture, [placeText('10:42', 500, 300, 90)]))).toBe(false);
    expect(statePasses(createScene(picture, [placeText('Wednesday, November 25', 500, 300, 40)]))).toBe(false);
    const both = [placeText('10:42', 500, 300, 90), placeText('Wednesday, November 25', 505, 410, 36)];
    expect(classifyPicture(createScene(picture, both))[0]?.rule.id).toBe('picture-lock-screen');
  });

  it.each([
    'Please enter passphrase for disk',
    'Install Debian',
    'Recovery key',
    'Choose your keyboard layout',
    'Boot Manager',
    'https://example.org',
    '0x0000007B',
  ])('let “%s” speak against any system that waits', text => {
    const both = [placeText('10:42', 500, 300, 90), placeText('Wednesday, November 25', 505, 410, 36)];
    expect(statePasses(createScene(createPicture(1280, 800, 0x204060), [...both, placeText(text, 500, 700)]))).toBe(
      false,
    );
  });

  it('take what recognition says of hostile text for text', () => {
    const text = '\u001b[31m'.repeat(50) + 'A'.repeat(20_000);
    const scene = createScene(createPicture(640, 480), [
      placeText(text),
      placeText('('.repeat(5000)),
      placeText('10:42 '.repeat(900)),
    ]);
    const began = performance.now();
    expect(statePasses(scene)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('tell a start-up screen by what moves on it', () => {
    const picture = createPicture(800, 600);
    const spinner = { left: 384, top: 440, width: 32, height: 32 };
    expect(classifyPicture({ ...createScene(picture, []), spinner })[0]?.rule.state).toBe('kernel_started');
    expect(classifyPicture(createScene(picture, []))).toEqual([]);
  });
});

describe('stop codes', () => {
  it.each([
    ['Stop code: INACCESSIBLE_BOOT_DEVICE', 'INACCESSIBLE_BOOT_DEVICE'],
    ['Stillstandcode: INACCESSIBLE BOOT DEVICE', 'INACCESSIBLE_BOOT_DEVICE'],
    ['Stop code: CRITICAL_PR0CESS_DIED', 'CRITICAL_PROCESS_DIED'],
    ['What it says: MY_OWN_DRIVER_FAULT', 'MY_OWN_DRIVER_FAULT'],
    ['*** STOP: Ox0000007B (0xFFFFF880', '0x0000007B'],
    ['STATUS_SYSTEM_PROCESS_TERMINATED', 'STATUS_SYSTEM_PROCESS_TERMINATED'],
    ['WINDOWS SETUP', undefined],
    ['A_B', undefined],
    ['nothing at all', undefined],
  ])('in “%s” is %s', (line, code) => {
    expect(readStopCode([line])).toBe(code);
  });

  it('are never found in small letters', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_ .,]{0,60}$/), text => {
        expect(readStopCode([text])).toBeUndefined();
      }),
    );
  });
});
