import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawTime, measureTime, timeHeight } from '../../src/proof/evidence/draw-time.ts';
import { EvidenceFolder } from '../../src/proof/evidence/evidence-folder.ts';
import { FilmStrip } from '../../src/proof/evidence/film-strip.ts';
import { hashRules } from '../../src/proof/evidence/hash-rules.ts';
import { openEvidence } from '../../src/proof/evidence/open-evidence.ts';
import type { ProofRecord } from '../../src/proof/evidence/proof-record.ts';
import { escapeHtml } from '../../src/proof/evidence/report/escape-html.ts';
import { renderReport } from '../../src/proof/evidence/report/render-report.ts';
import { shrinkPicture } from '../../src/proof/evidence/shrink-picture.ts';
import { makeSigner, noisePicture, sampleProof, writeBundle } from './signing/support/sample-bundle.ts';
import { plainPicture } from './support/pretend-guest.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'vmb-views-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a picture made small', () => {
  it('keeps its shape and its mean brightness, whatever its size', () => {
    const side = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(side, side, side, side, (width, height, mostWidth, mostHeight) => {
        const picture = noisePicture(width, height);
        const small = shrinkPicture(picture, mostWidth, mostHeight);
        expect(small.rgb).toHaveLength(small.width * small.height * 3);
        expect(small.width).toBeLessThanOrEqual(mostWidth);
        expect(small.height).toBeLessThanOrEqual(mostHeight);
        const fits = width <= mostWidth && height <= mostHeight;
        if (fits) expect(small).toBe(picture);
        else expect(small.width === mostWidth || small.height === mostHeight).toBe(true);
      }),
    );
    const small = shrinkPicture(noisePicture(300, 200), 30, 20);
    const mean = small.rgb.reduce((sum, value) => sum + value, 0) / small.rgb.length;
    expect(mean).toBeGreaterThan(110);
    expect(mean).toBeLessThan(145);
  });

  it('shows the mean of the pixels that one stands for', () => {
    const picture = { width: 2, height: 2, rgb: Uint8Array.from([0, 0, 0, 100, 0, 0, 0, 200, 0, 100, 200, 40]) };
    expect([...shrinkPicture(picture, 1, 1).rgb]).toEqual([50, 100, 10]);
  });
});

describe('a film strip', () => {
  it('has one frame for each picture, eight in a row', () => {
    const strip = new FilmStrip();
    expect(strip.draw()).toBeUndefined();
    for (let count = 0; count < 9; count++) strip.add(plainPicture(count * 20, 720, 400), count);
    const drawn = strip.draw()!;
    expect([drawn.width, drawn.height]).toEqual([8 * 248 + 8, 2 * (180 + 31) + 8]);
    const shade = (frame: number) =>
      drawn.rgb[((8 + Math.floor(frame / 8) * 211 + 90) * drawn.width + 8 + (frame % 8) * 248 + 120) * 3];
    expect(Array.from({ length: 9 }, (_, frame) => shade(frame))).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160]);
  });

  it('remembers little of a large picture, and nothing that is changed later', () => {
    const strip = new FilmStrip();
    strip.add(noisePicture(1920, 1080), 0);
    expect(strip.frames[0]!.picture.rgb.length).toBeLessThan(240 * 180 * 3 + 1);
    const small = plainPicture(9, 20, 20);
    strip.add(small, 1);
    small.rgb.fill(200);
    expect(strip.frames[1]!.picture.rgb[0]).toBe(9);
  });

  it('shows the time in signs that differ', () => {
    const shapes = [...'0123456789.s'].map(sign => {
      const picture = plainPicture(0, measureTime(sign), timeHeight);
      drawTime(picture, sign, 0, 0);
      return Buffer.from(picture.rgb).toString('hex');
    });
    expect(new Set(shapes).size).toBe(12);
    expect(shapes.every(shape => /[^0]/.test(shape))).toBe(true);
    expect(() => drawTime(plainPicture(0, 4, 4), '123456.7s', -3, 2)).not.toThrow();
  });

  it('lies in the folder, and the last picture is kept however many came before', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'many'));
    for (let count = 0; count < 100; count++) await evidence.addPicture(plainPicture(count, 32, 20), count, 'kernel');
    await evidence.addPicture(plainPicture(255, 32, 20), 100, 'verdict');
    await evidence.finish(sampleProof({ screenshots: evidence.screenshots }));
    expect(evidence.screenshots).toHaveLength(41);
    expect(evidence.screenshots.at(-1)).toMatchObject({ at: 100, phase: 'verdict' });
    const strip = PNG.sync.read(await readFile(path.join(evidence.path, 'film-strip.png')));
    expect([strip.width, strip.height]).toEqual([8 * 248 + 8, 6 * 211 + 8]);
  });
});

const allowed = new Set(
  'html head meta title style body header main section h1 h2 b p dl dt dd div table thead tbody tr th td ul li pre img figure figcaption span'.split(
    ' ',
  ),
);

/** What a browser would take for markup: reads tags as the HTML tokenizer does, and throws at what is not balanced. */
function readTags(page: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const text = page.replace(/^<!doctype html>/, '').replace(/<style>[^<]*<\/style>/, '');
  for (const [, closing, name = '', rest = ''] of text.matchAll(
    /<(\/?)([a-z!?][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi,
  )) {
    if (closing) {
      if (open.pop() !== name) throw new Error(`${name} is closed where it is not open`);
    } else {
      if (!['meta', 'img'].includes(name)) open.push(name);
      const attributes = [...rest.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]);
      if (rest.replaceAll(/\s+[a-z-]+="[^"]*"/g, '') !== '')
        throw new Error(`${name} has more than attributes: ${rest}`);
      found.push({ name, attributes: Object.fromEntries(attributes) });
    }
  }
  expect(open).toEqual([]);
  // No "<" that is no tag of ours.
  expect(text.replaceAll(/<\/?[a-z0-9]+(\s+[a-z-]+="[^"]*")*>/g, '')).not.toMatch(/[<>]/);
  return found;
}

function checkPage(page: string): void {
  const tags = readTags(page);
  expect(tags.map(({ name }) => name).filter(name => !allowed.has(name))).toEqual([]);
  const attributes = tags.flatMap(tag => Object.entries(tag.attributes));
  expect(attributes.filter(([key]) => /^(on|href|srcdoc|style|formaction)/.test(key))).toEqual([]);
  const sources = attributes.filter(([key]) => key === 'src').map(([, value]) => value);
  expect(sources.filter(value => !/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/.test(value))).toEqual([]);
  expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
}

/** Every text of the proof replaced by a hostile one. */
function poison(proof: ProofRecord, text: string): ProofRecord {
  const verdict = { ...proof.verdict, rule: text, reason: text, line: text, stopCode: text, failedModule: text };
  const file = {
    ...proof.image.before,
    path: `/x/${text}`,
    inode: text,
    sha256: text,
    streams: [{ name: text, size: 1 }],
  };
  return {
    ...proof,
    verdict,
    id: text,
    checks: [{ check: text, passed: false, detail: text, seconds: 1 }],
    image: { before: file, after: { ...file, path: text, sha256: `${text}x` }, unchanged: false },
    parents: [{ before: file, after: file, unchanged: true }],
    machine: text,
    bus: text,
    attempts: [
      { ...proof.attempts[0]!, cpu: text, machine: text, verdict },
      { ...proof.attempts[0]!, error: text },
    ],
    timeline: [{ at: 1, phase: 'kernel', message: text }],
    signals: [{ at: 1, kind: 'serial', message: text }],
    screenshots: [{ path: `/x/${text}`, at: 1, phase: 'kernel' }],
    screenText: [text, text],
    evidenceFolder: text,
    signature: { algorithm: 'ed25519', keyId: text },
    qemuVersion: text,
    warnings: [text],
    vmbridge: text,
    rules: text,
    engine: { system: text, version: text },
    host: { platform: text, release: text, architecture: text, memoryBytes: 1 },
    runs: [{ arguments: [text, '-x', text] }],
  };
}

describe('the report', () => {
  const hostile = [
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</style><style>*{background:url(http://x/)}',
    '--><!-- ]]>',
    '&lt;b&gt; &amp; &#60;b&#62;',
    '$& $1 $$',
    '\x1b[31m\x00\x07\r\x7f\u009b31m',
    '\u202etxt.exe \u2066 \u200f \u061c \ufeff \u200b',
    '\ud800 lone \udc00',
    'http://example.com/ javascript:alert(1)',
  ];

  it.each(hostile)('holds %j as text only', text => {
    const frames = [{ at: 1, picture: plainPicture(1, 8, 8) }];
    const page = renderReport(poison(sampleProof(), text), { frames, last: Buffer.from('png') }, `${text}\n${text}`);
    checkPage(page);
    expect(page).toContain(escapeHtml(text));
  });

  it('holds any text as text only', () => {
    // Any code point, halves of pairs among them; what the library has for this takes seconds to set up.
    const point = fc.oneof(fc.nat(0x2ff), fc.integer({ min: 0x2000, max: 0x206f }), fc.nat(0x10ffff));
    const foreign = fc.array(point).map(points => String.fromCodePoint(...points));
    const piece = fc.oneof(foreign, fc.constantFrom('<', '>', '"', "'", '&', '</', '<!--', '$&'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), pieces => {
        checkPage(renderReport(poison(sampleProof(), pieces.join('')), { frames: [] }, pieces.join('')));
      }),
      { numRuns: 50 },
    );
  });

  it('shows a reader what was there, character by character', () => {
    expect(escapeHtml('a<b>&"c"\'')).toBe('a&lt;b&gt;&amp;&quot;c&quot;&#39;');
    expect(escapeHtml('x\u202ey\u0000z\ud800')).toBe('x\\u202ey\\x00z\\ud800');
    expect(escapeHtml('ün → 日本 😀\tx\ny')).toBe('ün → 日本 😀\tx\ny');
  });

  it('needs nothing from outside and says all that the proof says', async () => {
    const signer = makeSigner();
    const proof = sampleProof({ warnings: ['The clock was off.'] });
    const evidence = await writeBundle(path.join(home, 'report'), signer, proof);
    const page = await readFile(path.join(evidence.path, 'report.html'), 'utf8');
    checkPage(page);
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    );
    expect(page).not.toMatch(/<script|<link|@import|url\(|https?:/i);
    expect(page).toContain('@media print');
    expect(page).toContain('prefers-color-scheme: dark');
    for (const told of [
      'PASSED',
      proof.verdict.rule,
      proof.verdict.reason,
      'certain',
      proof.image.before.path,
      proof.image.before.sha256!,
      'port 22',
      'uefi, q35, ahci, kvm',
      'A prompt.',
      'The firmware runs.',
      'web login:',
      'QEMU',
      '&quot;file=/tmp/over lay.qcow2&quot;',
      'The clock was off.',
      signer.signature.keyId,
    ]) {
      expect(page).toContain(told);
    }
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)];
    expect(pictures).toHaveLength(3);
    const sizes = pictures.map(([, base64 = '']) => PNG.sync.read(Buffer.from(base64, 'base64')).width);
    expect(sizes).toEqual([64, 80, 80]);
  });

  it('says at once what kept an image that boots from passing', () => {
    const checks = [1, 2, 3, 4, 5].map(port => ({ check: `port ${port}`, passed: port === 1, detail: '', seconds: 1 }));
    const page = renderReport(sampleProof({ passed: false, unchanged: false, checks }), { frames: [] }, '');
    expect(page).toContain(
      '<p class="bad">It boots, but what was checked does not hold (port 2, port 3, port 4 and 1 more), and the image was changed by another program meanwhile.</p>',
    );
    expect(renderReport(sampleProof(), { frames: [] }, '')).not.toContain('It boots, but');
  });

  it('shows the end of the attempt that decided', async () => {
    const pages = await Promise.all(
      [undefined, 1, 2, 3].map(async attempt => {
        const evidence = await EvidenceFolder.create(path.join(home, `attempts-${attempt}`));
        for (const number of [1, 2]) {
          await evidence.addPicture(plainPicture(1, 100 + number, 20), 1, 'verdict');
          evidence.attempts = number;
          await evidence.addText(number === 1 ? 'serial.log' : `serial-${number}.log`, `line of ${number}`);
        }
        await evidence.finish(sampleProof(), { attempt });
        const page = await readFile(path.join(evidence.path, 'report.html'), 'utf8');
        const [, png = ''] = /src="data:image\/png;base64,([^"]+)" alt="The last screen"/.exec(page) ?? [];
        const width = png === '' ? undefined : PNG.sync.read(Buffer.from(png, 'base64')).width;
        return [width, /line of (\d)/.exec(page)?.[1]];
      }),
    );
    expect(pages).toEqual([
      [102, '2'],
      [101, '1'],
      [102, '2'],
      [undefined, undefined],
    ]);
  });

  it('stays small, however much a guest has shown and told', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'large'));
    for (let count = 0; count < 20; count++) {
      await evidence.addPicture(noisePicture(320, 200, count + 1), count, 'kernel');
    }
    await evidence.addText('serial.log', 'x\x1b[0m\n'.repeat(500_000));
    const many = Array.from({ length: 20_000 }, (_, at) => ({ at, kind: 'serial' as const, message: 'x'.repeat(50) }));
    await evidence.finish(sampleProof({ signals: many, screenshots: evidence.screenshots }));
    const page = await readFile(path.join(evidence.path, 'report.html'));
    expect(page.length).toBeLessThan(6 * 2 ** 20);
    checkPage(page.toString());
  });

  it('is left out with a warning when the proof is not what it should be, and the proof stays', async () => {
    const evidence = await EvidenceFolder.create(path.join(home, 'odd'));
    const { warnings } = await evidence.finish({ verdict: 1, warnings: ['mine'] });
    expect(warnings).toEqual([expect.stringContaining('no report.html')]);
    expect(await readdir(evidence.path)).toEqual(['proof.json']);
    const proof = JSON.parse(await readFile(path.join(evidence.path, 'proof.json'), 'utf8'));
    expect(proof.warnings).toEqual(['mine', ...warnings]);
  });
});

describe('the rules of a proof', () => {
  it('have one name for as long as they say the same', () => {
    const rule = { id: 'a', patterns: [/x/i], seconds: 1 };
    expect(hashRules([rule])).toBe(hashRules([{ ...rule, patterns: [/x/i] }]));
    expect(hashRules([rule])).not.toBe(hashRules([{ ...rule, patterns: [/x/] }]));
    expect(hashRules([rule])).not.toBe(hashRules([{ ...rule, seconds: 2 }]));
  });
});

describe('the name of a proof', () => {
  it('is that of its folder, unless that lies elsewhere', async () => {
    const root = path.join(home, 'root');
    const moment = new Date('2026-03-01T12:00:00Z');
    const own = await openEvidence(undefined, root, '/x/web.vhdx', moment);
    expect([own.id, path.basename(own.path)]).toEqual(['web-20260301-120000', 'web-20260301-120000']);
    const beside = await openEvidence(path.join(root, 'mine'), root, '/x/web.vhdx', moment);
    expect(beside.id).toBe('mine');
    const elsewhere = await openEvidence(path.join(home, 'other'), root, '/x/web.vhdx', moment);
    expect(elsewhere.id).toMatch(/^web-20260301-120000-[0-9a-f]{8}$/);
  });
});
