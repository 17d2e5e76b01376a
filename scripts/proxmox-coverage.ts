/**
 * Writes docs/proxmox-coverage.md: which methods of the Proxmox VE API the provider uses, and fails on those that no version has.
 * Needs the official schemas, which are no part of the repository. Run: npx tsx scripts/proxmox-coverage.ts
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { missingContracts } from '../test/support/proxmox/schema/contracts.ts';
import { coverSource } from './proxmox/cover-source.ts';

const root = path.resolve(import.meta.dirname, '..');
const missing = missingContracts();

if (missing !== undefined) {
  console.error(missing);
  process.exitCode = 1;
} else {
  const { page, strange } = coverSource(root);
  for (const line of strange) console.error(line);
  if (strange.length > 0) process.exitCode = 1;
  writeFileSync(path.join(root, 'docs/proxmox-coverage.md'), page);
}
