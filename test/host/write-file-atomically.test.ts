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
});
