import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomically } from '../../src/host/write-file-atomically.ts';

describe('a file that is written atomically', () => {
  it('sweeps the old drafts of killed processes away, and nothing else', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-draft-'));
    try {
      const names = ['a.json.0123456789ab.draft', 'fresh.json.0123456789ab.draft', 'novel.draft', 'notes.txt'];
      for (const name of names) writeFileSync(path.join(folder, name), '');
      const old = new Date(Date.now() - 2 * 3_600_000);
      for (const name of names) if (!name.startsWith('fresh')) utimesSync(path.join(folder, name), old, old);
      await writeFileAtomically(path.join(folder, 'a.json'), '{}');
      expect(readdirSync(folder).sort()).toEqual([
        'a.json',
        'fresh.json.0123456789ab.draft',
        'notes.txt',
        'novel.draft',
      ]);
      expect(readFileSync(path.join(folder, 'a.json'), 'utf8')).toBe('{}');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('sweeps a draft at once whose process is gone, and not that of one that lives', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-draft-'));
    try {
      const gone = spawnSync(process.execPath, ['-e', '']).pid.toString(16).padStart(8, '0');
      const alive = process.pid.toString(16).padStart(8, '0');
      const names = [`a.json.${gone}0123.draft`, `b.json.${alive}0123.draft`, `c.json.${gone}4567.draft`];
      for (const name of names) writeFileSync(path.join(folder, name), '');
      const before = new Date(Date.now() - 10_000);
      for (const name of names.slice(0, 2)) utimesSync(path.join(folder, name), before, before);
      await writeFileAtomically(path.join(folder, 'a.json'), '{}');
      expect(readdirSync(folder).sort()).toEqual(['a.json', ...names.slice(1)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
