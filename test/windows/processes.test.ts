import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWindows, type Windows } from '../support/wine.ts';

let windows: Windows<typeof import('./programs/processes.ts')>;
let missing: string | undefined;
beforeAll(async () => {
  const opened = await openWindows<typeof import('./programs/processes.ts')>('processes.ts');
  if (typeof opened === 'string') missing = opened;
  else windows = opened;
});
beforeEach(context => context.skip(missing !== undefined, missing));
afterAll(() => windows?.close());

describe('on Windows, a process', () => {
  test('is known by its number, and this one by its start', async () => {
    const seen = await windows.call('tellProcesses');
    expect(seen).toMatchObject({ selfAlive: true, reused: false, alive: true, ended: false });
    expect(seen.self.start).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(seen.self.age).toBeGreaterThan(0);
    expect(seen.self.age).toBeLessThan(60_000);
    expect(seen.boot).toEqual({ startedAt: expect.any(Number) });
  });

  test('that was killed has its run folder swept, files that it held open and all', async () => {
    expect(await windows.call('sweepFolders')).toEqual({
      before: [],
      after: ['C:\\vmb tests\\runs\\theirs'],
      left: [],
    });
  });

  test('gets every argument unchanged', async () => {
    const seed = Date.now() % 2 ** 31;
    const { tried, wrong } = await windows.call('handOverArguments', seed);
    expect({ seed, wrong }).toEqual({ seed, wrong: [] });
    expect(tried).toBe(15);
  });

  test('that cannot be started is a Fault, and none is taken from the working folder or given to a shell', async () => {
    expect(await windows.call('explainMissing')).toEqual({
      outcomes: ['unavailable', 'unavailable', 'unavailable', 'invalid'],
      version: expect.stringMatching(/^v22/),
      platform: 'win32',
    });
  });

  test('is ended with all that it has started', async () => {
    expect(await windows.call('killTree')).toEqual({ tree: 3, code: true, left: [] });
  });

  test.each([
    ['cancel', 'cancelled'],
    ['timeout', 'timeout'],
  ] as const)('leaves none of its tree after a %s', async (how, code) => {
    expect(await windows.call('cancelTree', how)).toEqual({ tree: 3, code, left: [] });
  });
});
