import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeTrend, isImage } from '../../../src/proof/archive/image-trend.ts';
import { getProof, listProofs, type ProofFilter } from '../../../src/proof/archive/proof-archive.ts';
import { openEvidence } from '../../../src/proof/evidence/open-evidence.ts';
import type { ProofRecord } from '../../../src/proof/evidence/proof-record.ts';
import { sampleProof } from '../signing/support/sample-bundle.ts';

/** Thousands of files are made and removed: in memory where there is such a folder. */
const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
let home: string;
let root: string;
beforeEach(() => {
  home = mkdtempSync(path.join(temporary, 'vmb-archive-'));
  root = path.join(home, 'evidence');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const { signal } = new AbortController();
const list = (filter: Partial<ProofFilter> = {}) => listProofs(root, { limit: 50, offset: 0, ...filter }, signal);
const ids = async (filter: Partial<ProofFilter> = {}) => (await list(filter)).proofs.map(({ id }) => id);

function describeRun(image: string, day: number, changes: Partial<ProofRecord> = {}): ProofRecord {
  const base = sampleProof();
  const file = { ...base.image.before, path: image };
  const startedAt = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();
  return { ...base, image: { before: file, after: file, unchanged: true }, startedAt, ...changes };
}

function failed(state: ProofRecord['verdict']['state']): Partial<ProofRecord> {
  return { passed: false, verdict: { ...sampleProof().verdict, state, passed: false } };
}

function put(id: string, proof: unknown): string {
  const folder = path.join(root, id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'proof.json'), typeof proof === 'string' ? proof : JSON.stringify(proof));
  return folder;
}

describe('the archive', () => {
  it('is empty where nothing has been proved', async () => {
    expect(await list()).toEqual({ proofs: [], total: 0, trends: [], damaged: [] });
    expect(existsSync(root)).toBe(false);
  });

  it('lists proofs, newest first, page by page and by what was asked for', async () => {
    put('a', describeRun('/b/web.vhdx', 1));
    put('c', describeRun('/b/db.vhdx', 3, failed('kernel_panic')));
    put('b', describeRun('/b/web.vhdx', 2, failed('frozen')));
    expect(await ids()).toEqual(['c', 'b', 'a']);
    expect(await ids({ limit: 1, offset: 1 })).toEqual(['b']);
    expect((await list({ limit: 1 })).total).toBe(3);
    expect(await ids({ image: 'web.vhdx' })).toEqual(['b', 'a']);
    expect(await ids({ image: '/b/../b/db.vhdx' })).toEqual(['c']);
    expect(await ids({ image: 'eb.vhdx' })).toEqual([]);
    expect(await ids({ state: 'kernel_panic' })).toEqual(['c']);
    expect(await ids({ passed: true })).toEqual(['a']);
    expect(await ids({ passed: false, image: 'web.vhdx' })).toEqual(['b']);
    expect((await list({ limit: 1 })).proofs[0]).toEqual({
      id: 'c',
      image: '/b/db.vhdx',
      verdict: 'kernel_panic',
      passed: false,
      startedAt: '2026-01-04T00:00:00.000Z',
      durationSeconds: 12,
      folder: path.join(root, 'c'),
    });
  });

  it('tells the trend of each image over all of its proofs', async () => {
    const verdicts = [undefined, 'frozen', undefined, 'kernel_panic', 'host_fault', 'frozen', 'host_fault'] as const;
    for (const [day, state] of verdicts.entries()) {
      const changes = { durationSeconds: 10 + day, ...(state === undefined ? {} : failed(state)) };
      put(`p${day}`, describeRun('/b/web.vhdx', day, changes));
    }
    put('other', describeRun('/b/db.vhdx', 0));
    const { trends } = await list({ limit: 1 });
    expect(trends).toEqual([
      {
        image: '/b/web.vhdx',
        proofs: 7,
        passed: 2,
        recent: ['host_fault', 'frozen', 'host_fault', 'kernel_panic', 'login', 'frozen', 'login'],
        medianSeconds: 13,
        lastPassed: '2026-01-03T00:00:00.000Z',
        failingSince: '2026-01-04T00:00:00.000Z',
      },
    ]);
    expect((await list({ image: 'db.vhdx' })).trends).toMatchObject([{ proofs: 1, passed: 1 }]);
    expect((await getProof(root, 'p1', signal)).trend).toEqual(trends[0]);
  });

  it('leaves out what is no proof, and names what is damaged', async () => {
    put('good', describeRun('/b/web.vhdx', 1));
    put('empty', '');
    put('half', JSON.stringify(describeRun('/b/web.vhdx', 1)).slice(0, 500));
    put('list', '[1]');
    put('null', 'null');
    put('odd', JSON.stringify({ ...describeRun('/b/web.vhdx', 1), verdict: 'login' }));
    put('when', JSON.stringify({ ...describeRun('/b/web.vhdx', 1), startedAt: 'yesterday' }));
    put('proto', '{"__proto__": {"verdict": 1}, "verdict": {}}');
    mkdirSync(path.join(root, 'running'));
    mkdirSync(path.join(root, 'folder', 'proof.json'), { recursive: true });
    writeFileSync(path.join(root, 'file'), 'x');
    put('.hidden', describeRun('/b/web.vhdx', 2));
    if (process.platform !== 'win32') {
      put('a\nb', describeRun('/b/web.vhdx', 2));
      symlinkSync('nowhere', path.join(root, 'link'));
      symlinkSync('loop', path.join(root, 'loop'));
    }
    for (let again = 0; again < 2; again++) {
      const { proofs, damaged } = await list();
      expect(proofs.map(({ id }) => id)).toEqual(['good']);
      expect(damaged).toEqual(['empty', 'folder', 'half', 'list', 'null', 'odd', 'proto', 'when']);
    }
  });

  it('survives any proof.json', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async text => {
        put('any', text);
        expect((await list()).damaged).toEqual(['any']);
      }),
      { numRuns: 50 },
    );
  });

  it('holds proofs of another format, too', async () => {
    const {
      id: _id,
      passed: _p,
      passOn: _o,
      checks: _c,
      signals: _s,
      limitSeconds: _l,
      ...rest
    } = describeRun('/b/a', 1);
    const { certainty: _, ...verdict } = rest.verdict;
    const attempts = [{ accelerator: 'kvm', memoryBytes: 1, verdict, seconds: 1 }];
    put('former', { ...rest, format: 'vmbridge-proof/1', verdict, attempts });
    expect((await list()).proofs).toMatchObject([{ id: 'former', passed: true, verdict: 'login' }]);
    expect((await getProof(root, 'former', signal)).proof).toMatchObject({
      id: 'former',
      passed: true,
      checks: [],
      attempts: [{ machine: 'q35', bus: 'ahci', decisive: true, verdict: { state: 'login' } }],
    });
  });
});

describe('one proof', () => {
  it('is told with all its fields, under the name that the archive has for it', async () => {
    const proof = describeRun('/b/web.vhdx', 1, { id: 'another' });
    put('renamed', proof);
    const { proof: told } = await getProof(root, 'renamed', signal);
    const { format: _f, vmbridge: _v, runs: _r, ...result } = proof;
    expect(told).toEqual({ ...result, id: 'renamed' });
  });

  it.each([
    '',
    '.',
    '..',
    '../evidence/a',
    'a/../a',
    '/etc',
    'a\\..\\a',
    'C:a',
    'a\0',
    '.index.json',
    '.elsewhere',
    'a.',
    'x'.repeat(300),
    '__proto__',
    'constructor',
  ])('is not found by %j', async id => {
    put('a', describeRun('/b/web.vhdx', 1));
    await expect(getProof(root, id, signal)).rejects.toMatchObject({ code: 'not_found', data: { field: 'id' } });
  });

  it('that is damaged says so', async () => {
    put('half', '{"verdict":');
    await expect(getProof(root, 'half', signal)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('half'),
    });
  });
});

describe('evidence that lies elsewhere', () => {
  async function prove(folder: string): Promise<string> {
    const evidence = await openEvidence(folder, root, '/b/web.vhdx', new Date());
    const { warnings } = await evidence.finish(describeRun('/b/web.vhdx', 1, { id: evidence.id }));
    expect(warnings).toEqual([]);
    return evidence.id;
  }

  it('is found by its note, for as long as it is there', async () => {
    const folder = path.join(home, 'elsewhere ü', 'proof');
    const id = await prove(folder);
    put('own', describeRun('/b/web.vhdx', 2));
    for (let again = 0; again < 2; again++) expect(await ids()).toEqual(['own', id]);
    expect((await list()).proofs[1]?.folder).toBe(folder);
    expect((await getProof(root, id, signal)).proof.id).toBe(id);
    renameSync(folder, `${folder}-moved`);
    expect(await ids()).toEqual(['own']);
    await expect(getProof(root, id, signal)).rejects.toMatchObject({ code: 'not_found' });
    renameSync(`${folder}-moved`, folder);
    expect(await ids()).toEqual(['own', id]);
  });

  it('is not found by a note that is damaged', async () => {
    const id = await prove(path.join(home, 'one'));
    const note = path.join(root, '.elsewhere', `${id}.json`);
    for (const text of ['', '{}', '{"folder":"relative"}', '{"folder":1}', 'null', '[]']) {
      writeFileSync(note, text);
      expect(await ids(), text).toEqual([]);
    }
    rmSync(note);
    mkdirSync(note);
    expect(await ids()).toEqual([]);
  });

  it('gives a warning when no note can be written', async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(path.join(root, '.elsewhere'), 'in the way');
    const evidence = await openEvidence(path.join(home, 'one'), root, '/b/web.vhdx', new Date());
    const { warnings } = await evidence.finish(describeRun('/b/web.vhdx', 1));
    expect(warnings).toEqual([expect.stringContaining(root)]);
    expect(existsSync(path.join(home, 'one', 'proof.json'))).toBe(true);
  });

  it('leaves no note of a proof that was given up', async () => {
    const evidence = await openEvidence(path.join(home, 'one'), root, '/b/web.vhdx', new Date());
    await evidence.discard();
    expect(existsSync(root)).toBe(false);
  });
});

describe('the index', () => {
  const index = () => path.join(root, '.index.json');

  it('is written once, and not again while nothing changes', async () => {
    put('a', describeRun('/b/web.vhdx', 1));
    await list();
    const before = statSync(index());
    expect(before.mode & 0o077).toBe(process.platform === 'win32' ? before.mode & 0o077 : 0);
    await list();
    expect(statSync(index()).ino).toBe(before.ino);
    expect(statSync(index()).mtimeMs).toBe(before.mtimeMs);
  });

  it('is not believed when a proof has come, gone or changed, be its time and size the same', async () => {
    const folder = put('a', describeRun('/b/web.vhdx', 1));
    put('b', describeRun('/b/web.vhdx', 2));
    const file = path.join(folder, 'proof.json');
    // In whole seconds: finer times are not set back exactly.
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    await list();
    const text = readFileSync(file, 'utf8').replace('/b/web.vhdx', '/b/new.vhdx');
    await new Promise(resolve => setTimeout(resolve, 20));
    writeFileSync(file, text);
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    expect((await list({ image: 'new.vhdx' })).proofs.map(({ id }) => id)).toEqual(['a']);
    rmSync(path.join(root, 'b'), { recursive: true });
    expect(await ids()).toEqual(['a']);
    put('c', describeRun('/b/web.vhdx', 3));
    expect(await ids()).toEqual(['c', 'a']);
    renameSync(folder, path.join(root, 'd'));
    expect(await ids()).toEqual(['c', 'd']);
  });

  it('is made anew when it is missing, damaged, or of another version', async () => {
    put('a', describeRun('/b/web.vhdx', 1));
    await list();
    const good = readFileSync(index(), 'utf8');
    for (const text of [
      '',
      '{',
      '{"version":1}',
      good.replace('"version":1', '"version":2'),
      good.slice(0, -9),
      'null',
    ]) {
      writeFileSync(index(), text);
      expect(await ids(), text).toEqual(['a']);
      expect(JSON.parse(readFileSync(index(), 'utf8'))).toEqual(JSON.parse(good));
    }
    rmSync(index());
    mkdirSync(index());
    expect(await ids()).toEqual(['a']);
    rmSync(index(), { recursive: true });
    writeFileSync(index(), '');
    truncateSync(index(), 2 ** 40);
    expect(await ids()).toEqual(['a']);
  });

  it('that was copied from another archive names nothing that is not here', async () => {
    put('a', describeRun('/b/web.vhdx', 1));
    await list();
    const other = path.join(home, 'other');
    mkdirSync(other);
    cpSync(index(), path.join(other, '.index.json'));
    expect(await listProofs(other, { limit: 50, offset: 0 }, signal)).toMatchObject({ proofs: [], total: 0 });
  });

  it('is not needed where nothing can be written', async ({ skip }) => {
    if (process.platform === 'win32' || process.getuid?.() === 0) skip('the user may write anywhere');
    put('a', describeRun('/b/web.vhdx', 1));
    chmodSync(root, 0o500);
    expect(await ids()).toEqual(['a']);
    chmodSync(root, 0o700);
    expect(readdirSync(root)).toEqual(['a']);
  });

  it('makes a list of 10,000 proofs quick', { timeout: 300_000 }, async () => {
    for (let count = 0; count < 10_000; count++) {
      if (count < 100) put(`p${count}`, describeRun(`/backups/${count}.vhdx`, count));
      else {
        mkdirSync(path.join(root, `p${count}`));
        linkSync(path.join(root, `p${count % 100}`, 'proof.json'), path.join(root, `p${count}`, 'proof.json'));
      }
    }
    const measure = async () => {
      const start = performance.now();
      const { total, trends } = await list();
      expect([total, trends.length]).toEqual([10_000, 1]);
      return performance.now() - start;
    };
    await measure();
    const warm = await measure();
    expect(warm).toBeLessThan(5000);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(listProofs(root, { limit: 1, offset: 0 }, controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('an image', () => {
  it('is the same however its path is written', () => {
    expect(isImage('/b/web.vhdx', '/b//x/../web.vhdx', 'linux')).toBe(true);
    expect(isImage('/b/web.vhdx', '/B/web.vhdx', 'linux')).toBe(false);
    expect(isImage('C:\\b\\Web.vhdx', 'c:/B/web.VHDX', 'win32')).toBe(true);
    expect(isImage('C:\\b\\Web.vhdx', 'WEB.vhdx', 'win32')).toBe(true);
    expect(isImage('/b/web.vhdx', 'b/web.vhdx', 'linux')).toBe(false);
  });

  it('whose host failed each time has not failed itself', () => {
    const summary = {
      id: 'a',
      image: '/x',
      passed: false,
      startedAt: '2026-01-01T00:00:00Z',
      durationSeconds: 3,
      folder: '/',
    };
    const trend = describeTrend('/x', [{ ...summary, verdict: 'host_fault' }]);
    expect(trend).toEqual({ image: '/x', proofs: 1, passed: 0, recent: ['host_fault'], medianSeconds: 3 });
  });
});
