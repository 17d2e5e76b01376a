import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareIdentities } from '../../src/proof/evidence/compare-files.ts';
import { EvidenceFolder } from '../../src/proof/evidence/evidence-folder.ts';
import { openEvidence } from '../../src/proof/evidence/open-evidence.ts';
import { readPublicKey } from '../../src/proof/signing/public-key.ts';
import { verifyBundle } from '../../src/proof/signing/verify-bundle.ts';
import { makeSigner, noisePicture, sampleProof } from './signing/support/sample-bundle.ts';
import { plainPicture } from './support/pretend-guest.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'vmb-evidence-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a folder of evidence', () => {
  it('holds pictures that can be opened, in order, and is private', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'pictures ‘ö’, 1'));
    const picture = plainPicture(0, 64, 32);
    picture.rgb.set([255, 128, 0], 3);
    await evidence.addPicture(picture, 1.25, 'boot_loader');
    await evidence.addPicture(picture, 2, 'verdict');
    const names = await readdir(evidence.path);
    expect(names.sort()).toEqual(['01-boot-loader-1.3s.png', '02-verdict-2.0s.png']);
    const png = PNG.sync.read(await readFile(evidence.screenshots[0]!.path));
    expect([png.width, png.height, ...png.data.subarray(4, 8)]).toEqual([64, 32, 255, 128, 0, 255]);
    if (process.platform !== 'win32') expect((await stat(evidence.path)).mode & 0o077).toBe(0);
  });

  it('has proof.json only once it is whole, and is removed when it is discarded', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'proof'));
    await evidence.addText('serial.log', 'hello');
    expect(existsSync(path.join(evidence.path, 'proof.json'))).toBe(false);
    await evidence.finish({ verdict: 1 });
    expect(JSON.parse(await readFile(path.join(evidence.path, 'proof.json'), 'utf8'))).toEqual({ verdict: 1 });
    await evidence.discard();
    expect(existsSync(evidence.path)).toBe(false);
  });

  it('is never written over', async () => {
    const folder = path.join(home, 'taken');
    await mkdir(folder);
    await writeFile(path.join(folder, 'mine'), 'x');
    await expect(EvidenceFolder.create(folder)).rejects.toMatchObject({
      code: 'conflict',
      data: { field: 'evidenceFolder' },
    });
    expect(await readdir(folder)).toEqual(['mine']);
  });

  it('leaves an empty folder of the caller in place when it is discarded', async () => {
    const folder = path.join(home, 'empty');
    await mkdir(folder);
    const evidence = await EvidenceFolder.create(folder);
    await evidence.addText('serial.log', 'hello');
    await evidence.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('gets another name when two proofs begin in one second', async () => {
    const moment = new Date();
    const folders = [];
    for (let count = 0; count < 3; count++)
      folders.push((await openEvidence(undefined, home, '/x/web disk.vhdx', moment)).path);
    expect(new Set(folders).size).toBe(3);
    expect(path.basename(folders[0]!)).toMatch(/^web-disk-\d{8}-\d{6}$/);
  });

  it('that is gone while it is written does not take the verdict with it', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'gone'));
    await evidence.addPicture(plainPicture(0, 64, 32), 1, 'kernel');
    await rm(evidence.path, { recursive: true });
    await writeFile(evidence.path, 'somebody else put a file here');
    await evidence.addPicture(plainPicture(0, 64, 32), 2, 'verdict');
    await evidence.addText('serial.log', 'hello');
    const { signature, warnings } = await evidence.finish(sampleProof(), { signer: makeSigner() });
    expect(signature).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/^The evidence of this proof could not be kept.*gone can not be written\..*evidenceFolder/),
    ]);
    expect(evidence.screenshots).toEqual([]);
  });

  // Room for the proof alone, for some of what shows it, and for nothing.
  it.for([12, 40, 4])(
    'keeps what there is room for in %i KiB, and says what is missing',
    async (kibibytes, { skip }) => {
      const full = path.join(home, `full-${kibibytes}`);
      await mkdir(full);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'none', full], { stdio: 'ignore' });
      } catch {
        skip('mounting is not allowed here');
      }
      try {
        const evidence = await EvidenceFolder.create(path.join(full, 'proof'));
        for (const phase of ['firmware', 'kernel', 'verdict'] as const)
          await evidence.addPicture(noisePicture(64, 40), 1, phase);
        await evidence.addText('serial.log', 'x'.repeat(9000));
        const signer = makeSigner();
        const { signature, warnings } = await evidence.finish(sampleProof({ screenshots: evidence.screenshots }), {
          signer,
        });
        if (kibibytes === 4) {
          expect(warnings).toEqual([expect.stringContaining(`disk of the evidence folder ${evidence.path} is full`)]);
          expect([signature, evidence.screenshots, await readdir(full)]).toEqual([undefined, [], []]);
          return;
        }
        const names = await readdir(evidence.path);
        expect(names).toEqual(expect.arrayContaining(['proof.json', 'proof.intoto.jsonl', 'signer.pem']));
        const missing = kibibytes === 12 ? 'verdict-1.0s.png' : 'film-strip.png';
        expect(warnings).toEqual([expect.stringMatching(new RegExp(`is full\\. Missing: .*${missing}`))]);
        const proof = JSON.parse(await readFile(path.join(evidence.path, 'proof.json'), 'utf8'));
        expect(proof.warnings).toEqual(warnings);
        const pictures = names.filter(name => /^\d\d-/.test(name));
        expect(proof.screenshots.map((shot: { path: string }) => path.basename(shot.path))).toEqual(pictures);
        // The screen of the verdict goes last.
        if (pictures.length > 0) expect(pictures.at(-1)).toContain('verdict');
        expect(pictures.length).toBe(kibibytes === 12 ? 0 : 2);
        const keys = new Map([[signer.signature.keyId, readPublicKey(signer.publicKey)!]]);
        expect(await verifyBundle(evidence.path, { keys })).toMatchObject({ valid: true });
      } finally {
        execFileSync('umount', [full]);
      }
    },
  );
});

type Identity = Parameters<typeof compareIdentities>[0];

describe('an image counts as unchanged', () => {
  const identity = {
    path: '/x',
    size: 10,
    modified: '2026-01-01T00:00:00.000Z',
    changed: '2026-01-01T00:00:00.000Z',
    inode: '7',
  };
  const summed = { ...identity, sha256: 'aa' };
  const cases: [string, Identity, Identity, boolean][] = [
    ['when nothing differs', identity, identity, true],
    ['not when it has grown', identity, { ...identity, size: 11 }, false],
    ['not when it was written', identity, { ...identity, modified: '2026-01-01T00:00:01.000Z' }, false],
    ['not when it was replaced', identity, { ...identity, inode: '8' }, false],
    [
      'not when its attributes changed and nothing tells of its content',
      identity,
      { ...identity, changed: '2026-01-01T00:00:01.000Z' },
      false,
    ],
    [
      'when its attributes changed but its content is the same',
      summed,
      { ...summed, changed: '2026-01-01T00:00:01.000Z' },
      true,
    ],
    ['not when its content differs behind equal times', summed, { ...summed, sha256: 'bb' }, false],
  ];
  it.each(cases)('%s', (_, before, after, unchanged) => {
    expect(compareIdentities(before, after).unchanged).toBe(unchanged);
  });
});
