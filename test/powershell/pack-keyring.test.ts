import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addKeyring } from '../../scripts/pack/add-keyring.ts';

const root = path.resolve(import.meta.dirname, '../..');
const installed = existsSync(path.join(root, 'node_modules/@napi-rs/keyring'));

describe.skipIf(!installed)(
  `a packed server with a Node (@napi-rs/keyring is ${installed ? 'there' : 'missing'})`,
  () => {
    it('finds the library for the store of secrets beside it', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'vmb-pack-'));
      try {
        await addKeyring(root, folder);
        const load = createRequire(path.join(folder, 'chunks', 'any.js'));
        expect(load.resolve('@napi-rs/keyring')).toContain(folder);
        expect(load('@napi-rs/keyring').AsyncEntry).toBeTypeOf('function');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('packs none of it where it is not installed', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'vmb-pack-'));
      await addKeyring(folder, folder);
      expect(existsSync(path.join(folder, 'node_modules'))).toBe(false);
      rmSync(folder, { recursive: true, force: true });
    });
  },
);
