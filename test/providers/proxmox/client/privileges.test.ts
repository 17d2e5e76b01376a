import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tools } from '../../../../src/catalog/tools.ts';
import { toolRules } from '../../../../src/providers/proxmox/privileges.ts';

const folder = process.env.VMBRIDGE_CONTRACTS ?? join(import.meta.dirname, '../../../../../shared/contracts');

function readSchema(version: string): string | undefined {
  try {
    return readFileSync(join(folder, 'proxmox', version, 'snapshot.json'), 'utf8');
  } catch {
    return undefined;
  }
}

describe('the privileges that tools need', () => {
  it('are those of tools that there are', () => {
    expect(Object.keys(toolRules).filter(id => !(id in tools))).toEqual([]);
  });

  // The official schemas are no part of the repository: skipped where ../shared/contracts is missing.
  it.skipIf(readSchema('8.4.5') === undefined).each([
    ['8.4.5', 8],
    ['9.2.3', 9],
  ])('are ones that version %s knows', (version, major) => {
    const known = new Set(readSchema(version)?.match(/\b(VM|Sys|Datastore|SDN)(\.[A-Z]\w+)+/g));
    const named = Object.values(toolRules).flatMap(({ anyOf, before9 }) => (major < 9 ? (before9 ?? anyOf) : anyOf));
    expect([...new Set(named)].filter(privilege => !known.has(privilege))).toEqual([]);
    expect(known.has('VM.Monitor')).toBe(major < 9);
  });
});
