import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withFileLock } from '../../src/host/file-lock.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'vmb-lock-'));
const file = path.join(folder, 'a.lock');
const yesterday = new Date(Date.now() - 86_400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock without content, as a loss of power leaves it', () => {
  it.each(['', '\0\0\0\0', '{"token":', 'null', '[]'])('is taken over when it is old (%j)', async text => {
    writeFileSync(file, text);
    utimesSync(file, yesterday, yesterday);
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise(resolve => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(file, {}, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is respected while it is young', async () => {
    writeFileSync(file, '');
    await expect(withFileLock(file, { patienceMs: 100 }, async () => {})).rejects.toMatchObject({ code: 'host_fault' });
    expect(existsSync(file)).toBe(true);
  });
});
