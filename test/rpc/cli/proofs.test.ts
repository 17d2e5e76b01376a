import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSigner } from '../../../src/proof/signing/open-signer.ts';
import { makeSigner, sampleProof, writeBundle } from '../../proof/signing/support/sample-bundle.ts';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { runVmbridge } from './support/run-vmbridge.ts';

let home: TestHome;
const at = (...names: string[]) => path.join(home.folder, ...names);
const run = (...words: string[]) => runVmbridge(home, words);
const verdict = { ...sampleProof().verdict, state: 'kernel_panic', passed: false } as const;

beforeAll(async () => {
  home = createTestHome({});
  const { signer } = await openSigner({ state: at('state') });
  await writeBundle(at('state', 'evidence', 'web-1'), signer, sampleProof({ id: 'web-1' }));
  const later = { id: 'web-2', startedAt: '2026-03-02T12:00:00.000Z', passed: false, verdict };
  await writeBundle(at('state', 'evidence', 'web-2'), undefined, sampleProof(later));
  await writeBundle(at('foreign'), makeSigner());
});
afterAll(() => home.remove());

describe('the verbs for proofs', () => {
  it('list them with their trend', async () => {
    const { status, stdout } = await run('proofs', 'web.vhdx');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^STARTED \(UTC\) +IMAGE +RESULT.*\n2026-03-02 12:00 +web\.vhdx +FAILED +kernel_panic +12\.0 +no +web-2\n/,
    );
    expect(stdout).toMatch(/2026-03-01 12:00 +web\.vhdx +PASSED +login +12\.0 +[0-9a-f]{8} +web-1\n/);
    expect(stdout).toMatch(/\/backups\/web\.vhdx +1 of 2 +fails since 2026-03-02 12:00 +12\.0 s +kernel_panic < login/);
    const json = await run('proofs', '--state', 'failed', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ total: 1, proofs: [{ id: 'web-2' }] });
    const none = await run('proofs', 'nothing.vhdx');
    expect([none.status, none.stdout, none.stderr]).toEqual([0, '', 'No proofs.\n']);
  });

  it('check one, and say so in the exit status', async () => {
    const good = await run('check-proof', 'web-1');
    expect(good).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^VALID web-1\n {2}proof web-1 of \/backups\/web\.vhdx\n {2}\d+ files signed .*passed: login/,
      ),
    });
    const foreign = await run('check-proof', at('foreign'));
    expect(foreign).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^NOT VALID .*foreign\n {2}proof\.intoto\.jsonl is signed by/),
    });
    expect((await run('check-proof', at('foreign'), '--key', at('foreign', 'signer.pem'))).status).toBe(0);
    appendFileSync(at('foreign', 'report.html'), ' ');
    const changed = await run('check-proof', at('foreign'), '--json');
    expect(changed.status).toBe(1);
    expect(JSON.parse(changed.stdout)).toMatchObject({ valid: false, problem: { file: 'report.html' } });
    const missing = await run('check-proof', at('nowhere'));
    expect([missing.status, missing.stdout]).toEqual([1, '']);
  });

  it('print the public key', async () => {
    const { stdout } = await run('proof-key');
    expect(stdout).toBe(readFileSync(at('state', 'evidence', 'web-1', 'signer.pem'), 'utf8'));
    expect(await run('proof-key', '--target', at('key.pem'))).toMatchObject({
      status: 0,
      stdout: `${at('key.pem')}\n`,
    });
    expect(readFileSync(at('key.pem'), 'utf8')).toBe(stdout);
    expect((await run('check-proof', 'web-1', '--key', at('key.pem'))).status).toBe(0);
  });
});
