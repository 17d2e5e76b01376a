import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWindows, type Windows } from '../support/wine.ts';

let windows: Windows<typeof import('./programs/files.ts')>;
let missing: string | undefined;
beforeAll(async () => {
  const opened = await openWindows<typeof import('./programs/files.ts')>('files.ts');
  if (typeof opened === 'string') missing = opened;
  else windows = opened;
});
beforeEach(context => context.skip(missing !== undefined, missing));
afterAll(() => windows?.close());

describe('on Windows', () => {
  test('a local pipe serves its client whatever a second one does, and is gone with its server', async () => {
    expect(await windows.call('talkOverPipe')).toEqual({
      kind: 'pipe',
      path: expect.stringMatching(/^\\\\\.\\pipe\\vmbridge-[0-9a-f-]{36}$/),
      answer: 'welcome',
      flooded: true,
      gone: 'ENOENT',
    });
  });

  test('a file is replaced as a whole while somebody holds it open', async () => {
    expect(await windows.call('replaceHeldFile')).toEqual({ torn: [], left: [] });
  });

  test('a lock lets one in at a time, and that of a dead process counts for nothing', async () => {
    expect(await windows.call('countUnderLock')).toEqual({ count: 40, left: [] });
  });
});
