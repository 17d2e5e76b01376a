import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { cutEncoded, encodeLine } from '../../../src/proof/checks/console/encode-line.ts';
import { findAnswer, prepareLines, shellLines } from '../../../src/proof/checks/console/shell-lines.ts';
import { allLayouts } from '../../../src/qemu/input/all-layouts.ts';
import { planTyping } from '../../../src/qemu/input/plan-typing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'vmb-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mark = 'vmb-0123456789abcdef';
const shells = ['/bin/dash', '/bin/bash', '/bin/sh'].filter(existsSync);
/** Anything but the one character that no shell can have in a line, and what is no text at all. */
const lines = fc.string({ unit: 'binary', maxLength: 300 }).filter(line => !line.includes('\0') && line.isWellFormed());
const quoting = fc.string({ unit: fc.constantFrom(...'\'"\\$`!#%&;|<>()[]{}*?~^=-+ \t\n\ra0é'), maxLength: 300 });

/** What a shell would do after `exec sh`: it is one already. */
const setup = prepareLines.filter(line => !line.includes('exec sh'));

function runTyped(shell: string, typed: readonly string[]): string {
  return execFileSync(shell, { input: `${typed.join('\n')}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

describe.each(shells)('a line typed at %s', shell => {
  it.each([
    ['any text', lines],
    ['text that quotes', quoting],
  ])('arrives exactly as it is: %s', (_, arbitrary) => {
    const target = path.join(folder, 'seen');
    // In the place of the function that runs a line stands one that keeps it.
    const keep = ` r() { printf '%s\\0' "$1" >>'${target}'; e=0; }`;
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 10 }), wanted => {
        rmSync(target, { force: true });
        const typed = wanted.flatMap(line => shellLines(line, mark));
        runTyped(shell, [...setup, keep, ...typed]);
        expect(readFileSync(target, 'utf8').split('\0').slice(0, -1)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('is run: its exit code comes back, its streams are shown, and its keyboard is empty', () => {
    const line = 'cat; echo out; echo err >&2; printf "\\033[31mred"; exit 42';
    const shown = runTyped(shell, [...setup, ...shellLines(line, mark), ' echo still here']);
    const screen = (shown.split('\u001b[H')[1] ?? '').split('\n');
    const answer = findAnswer(screen, mark);
    expect(answer).toMatchObject({ exitCode: 42, lost: false });
    expect(answer?.output.join('\n').trim()).toBe('out\nerr\n^[[31mred');
    expect(screen).toContain('still here');
  });

  it('is not run when a key of it was lost', () => {
    const target = path.join(folder, 'never');
    const [first = '', ...rest] = shellLines(`echo done >'${target}'`, mark);
    const shown = runTyped(shell, [...setup, first.replace('echo', 'eco'), ...rest]);
    expect(findAnswer(shown.split('\n'), mark)).toMatchObject({ lost: true, exitCode: undefined });
    expect(existsSync(target)).toBe(false);
  });

  it('shows no more than the end of what it prints', () => {
    const shown = runTyped(shell, [...setup, ...shellLines('yes | head -n 5000; exit 1', mark)]);
    expect(shown.split('\n').length).toBeLessThan(24);
    expect(findAnswer(shown.split('\n'), mark)).toMatchObject({ exitCode: 1 });
  });
});

describe('the keys of a line', () => {
  it('are on every keyboard', () => {
    fc.assert(
      fc.property(lines, line => {
        for (const layout of Object.keys(allLayouts) as (keyof typeof allLayouts)[]) {
          for (const typed of [...prepareLines, ...shellLines(line, mark)]) planTyping(`${typed}\n`, layout);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('never look like its answer, whatever the line', () => {
    fc.assert(
      fc.property(fc.oneof(lines, fc.constant(`${mark}:0:`)), line => {
        expect(findAnswer([...prepareLines, ...shellLines(line, mark)], mark)).toBeUndefined();
      }),
    );
  });

  it('come in pieces that a shell without an editor takes, and that are the whole', () => {
    fc.assert(
      fc.property(lines, line => {
        const encoded = encodeLine(line);
        const pieces = cutEncoded(encoded, 160);
        expect(pieces.join('')).toBe(encoded);
        expect(pieces.every(piece => piece.length <= 160 && !/\\0?\d{0,2}$/.test(piece))).toBe(true);
      }),
    );
  });
});

describe('an answer', () => {
  it('is the mark at the beginning of a line, and nothing like it', () => {
    expect(findAnswer(['out', `${mark}:7:`], mark)).toEqual({ exitCode: 7, lost: false, output: ['out'] });
    expect(findAnswer([`${mark}::`], mark)?.exitCode).toBeUndefined();
    for (const line of [`x${mark}:7:`, `${mark}:7`, `${mark}:7:x`, `${mark}:-1:`, `${mark}:1234:`, `${mark}`]) {
      expect(findAnswer([line], mark), line).toBeUndefined();
    }
  });
});
