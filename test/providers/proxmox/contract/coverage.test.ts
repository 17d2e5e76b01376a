import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { coverSource } from '../../../../scripts/proxmox/cover-source.ts';
import { coverPage } from '../../../../scripts/proxmox/coverage-page.ts';
import { findRequests } from '../../../../scripts/proxmox/find-requests.ts';
import { missingContracts } from '../../../support/proxmox/contract-server.ts';
import { loadSchema } from '../../../support/proxmox/schema/contracts.ts';

const missing = missingContracts();
const root = path.resolve(import.meta.dirname, '../../../..');

describe('requests in the source', () => {
  it('are found with their methods, wherever the path stands', () => {
    const text = [
      "const a = { method: 'GET', path: '/nodes' };",
      'const b: Request = {',
      "  method: full ? 'PUT' : 'POST',",
      "  path: '/nodes/{node}/{type}/{vmid}/config',",
      '};',
      'function c() {',
      "  const path = '/cluster/backup/{id}';",
      "  send({ method: 'GET', path });",
      "  return { method: 'DELETE', path, params };",
      '}',
      "// { method: 'GET', path: '/version' }",
      "const d = has('/access', 'Sys.Audit');",
      "const e = { path: '/pools', verb };",
    ].join('\n');
    expect(findRequests('x.ts', text)).toEqual([
      { file: 'x.ts', line: 1, path: '/nodes', methods: ['GET'] },
      { file: 'x.ts', line: 4, path: '/nodes/{node}/{type}/{vmid}/config', methods: ['PUT', 'POST'] },
      { file: 'x.ts', line: 7, path: '/cluster/backup/{id}', methods: ['GET', 'DELETE'] },
      { file: 'x.ts', line: 13, path: '/pools', methods: [] },
    ]);
  });
});

describe.skipIf(missing !== undefined)(`use of the API ${missing ?? ''}`, () => {
  it('names what no version has', () => {
    const wrong = { file: 'x.ts', line: 3, path: '/nodes/{node}/{type}/{vmid}/halt', methods: ['POST'] };
    const only = { file: 'x.ts', line: 4, path: '/cluster/ha/rules', methods: ['GET'] };
    const { strange, page } = coverPage([wrong, only], loadSchema('8.4'), loadSchema('9.2'));
    expect(strange).toEqual([
      'x.ts:3: POST /nodes/{node}/qemu/{vmid}/halt is in neither schema',
      'x.ts:3: POST /nodes/{node}/lxc/{vmid}/halt is in neither schema',
    ]);
    expect(page).toContain('- `GET /cluster/ha/rules` (9.2 only)');
  });

  it('is as docs/proxmox-coverage.md tells', () => {
    const { strange, page } = coverSource(root);
    expect(strange).toEqual([]);
    expect(readFileSync(path.join(root, 'docs/proxmox-coverage.md'), 'utf8').replaceAll('\r\n', '\n')).toBe(page);
  });
});
