import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CampaignRow } from '../../../src/proof/campaign/campaign-row.ts';
import type { CampaignReport } from '../../../src/proof/campaign/report/campaign-report.ts';
import { ReportWriter } from '../../../src/proof/campaign/report/report-writer.ts';
import { toJunit } from '../../../src/proof/campaign/report/to-junit.ts';
import { toSummary } from '../../../src/proof/campaign/report/to-summary.ts';
import { parseStrictXml, type XmlElement } from './support/strict-xml.ts';

const hostile = [
  'a]]>b',
  '<script>&amp;"\'',
  'line\nfeed\r\nand\ttab',
  '\u0000\u0001\u001b[31m\u007f\u009b',
  '\ud800 half, \udc00 other half',
  '\ufffe\uffff',
  'right\u202eto left',
  '日本語 😀 e\u0301',
  '| cell | `code` *bold* [link](x) \\',
];

const row = (image: string, more: Partial<CampaignRow> = {}): CampaignRow => ({
  image,
  passed: false,
  blame: 'image',
  state: 'kernel_panic',
  rule: 'kernel-panic',
  reason: `about ${image}`,
  seconds: 1.5,
  evidenceFolder: `/evidence/${image}`,
  ...more,
});

const reportOf = (names: readonly string[]): CampaignReport => ({
  id: 'run-1',
  host: 'backup-1',
  startedAt: '2026-03-01T12:00:00.000Z',
  rows: [
    ...names.map(name => ({ image: `/backups/${name}`, row: row(`/backups/${name}`) })),
    { image: '/backups/fine.vhdx', row: row('/backups/fine.vhdx', { passed: true, blame: undefined, state: 'login' }) },
    { image: '/backups/host.vhdx', row: row('/backups/host.vhdx', { blame: 'host', state: 'host_fault' }) },
    { image: '/backups/later.vhdx', row: undefined },
  ],
  skipped: [
    { path: '/backups/base.vhdx', reason: 'It is a parent of "x".', isImage: true },
    { path: '/backups/notes.txt', reason: 'It is no disk image.', isImage: false },
  ],
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

const casesOf = (suite: XmlElement | undefined) => suite?.children.filter(({ name }) => name === 'testcase') ?? [];
const fileOf = ({ attributes }: XmlElement) => path.posix.join(attributes.classname ?? '', attributes.name ?? '');

describe('JUnit XML', () => {
  it('tells failures, errors and what was skipped apart, and counts them', () => {
    const root = parseStrictXml(toJunit(reportOf(['bad.vhdx'])));
    const [suite] = root.children;
    expect(suite?.attributes).toMatchObject({ tests: '5', failures: '1', errors: '1', skipped: '2' });
    expect(casesOf(suite).map(each => [fileOf(each), each.children[0]?.name])).toEqual([
      ['/backups/bad.vhdx', 'failure'],
      ['/backups/fine.vhdx', undefined],
      ['/backups/host.vhdx', 'error'],
      ['/backups/later.vhdx', 'skipped'],
      ['/backups/base.vhdx', 'skipped'],
    ]);
    expect(casesOf(suite)[0]?.children[0]?.attributes).toEqual({
      message: 'about /backups/bad.vhdx',
      type: 'kernel_panic',
    });
  });

  it('is well-formed whatever the images are called, and names them as far as XML can', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...hostile));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), found => {
        const suite = parseStrictXml(toJunit(reportOf(found))).children[0];
        const cases = casesOf(suite);
        expect(cases).toHaveLength(found.length + 4);
        for (const [index, each] of found.entries()) {
          const attributes = cases[index]?.attributes;
          const file = `${attributes?.classname}/${attributes?.name}`;
          if (
            /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]*$/u.test(
              each,
            ) &&
            each.isWellFormed()
          ) {
            expect(file).toBe(`${path.dirname(`/backups/${each}`)}/${path.basename(`/backups/${each}`)}`);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has what the schemas of Ant and of Jenkins ask for, and nothing that one of them refuses', () => {
    const root = parseStrictXml(toJunit(reportOf(['bad.vhdx'])));
    expect(root).toMatchObject({ name: 'testsuites', attributes: {} });
    const [suite] = root.children;
    expect(Object.keys(suite?.attributes ?? {}).sort()).toEqual(
      'errors failures hostname id name package skipped tests time timestamp'.split(' '),
    );
    expect(suite?.attributes).toMatchObject({ hostname: 'backup-1', timestamp: '2026-03-01T12:00:00', id: '0' });
    const names = suite?.children.map(({ name }) => name) ?? [];
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual(
      'properties testcase system-out system-err'.split(' '),
    );
    for (const each of casesOf(suite)) {
      expect(Object.keys(each.attributes).sort()).toEqual(['classname', 'name', 'time']);
      expect(each.children.length).toBeLessThan(2);
      const [outcome] = each.children;
      if (outcome !== undefined && outcome.name !== 'skipped') expect(outcome.attributes.type).toMatch(/^\w+$/);
    }
  });

  it('names the tests the same way in each run, as trends hang on that', () => {
    const names = (id: string) =>
      casesOf(parseStrictXml(toJunit({ ...reportOf(['a.vhdx']), id })).children[0]).map(({ attributes }) => [
        attributes.classname,
        attributes.name,
      ]);
    expect(names('run-1')).toEqual(names('run-2'));
  });

  it.skipIf(!hasPython)('is accepted by another strict parser', () => {
    const script = 'import sys, xml.parsers.expat as e; e.ParserCreate().Parse(sys.stdin.buffer.read(), True)';
    expect(() => execFileSync('python3', ['-c', script], { input: toJunit(reportOf(hostile)) })).not.toThrow();
  });
});

describe('the summary', () => {
  it('keeps one line for each image whatever it is called', () => {
    const lines = toSummary(reportOf(hostile)).split('\n');
    const rows = lines.filter(line => line.startsWith('| /backups/'));
    expect(rows).toHaveLength(hostile.length + 3 + 2);
    const cells = rows.slice(0, hostile.length).map(line => line.split(/(?<!\\)(?:\\\\)*\|/).length);
    expect(new Set(cells)).toEqual(new Set([8]));
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('says how many passed', () => {
    expect(toSummary(reportOf(['bad.vhdx']))).toContain('4 images, 1 passed, 1 failed, 1 errors, 1 not proved yet.');
  });
});

describe('reports that are written after each image', () => {
  it('are written one at a time, and the last one holds the last state', async () => {
    let state = 0;
    let written = -1;
    let running = 0;
    let count = 0;
    const writer = new ReportWriter(async () => {
      expect(++running).toBe(1);
      const seen = state;
      await new Promise(resolve => setTimeout(resolve, 2));
      written = seen;
      running--;
      count++;
    });
    const updates = Array.from({ length: 50 }, async () => {
      state++;
      await writer.update();
    });
    await Promise.all(updates);
    expect(written).toBe(50);
    expect(count).toBeLessThan(50);
  });

  it('tell whoever asked for them that they could not be written', async () => {
    const writer = new ReportWriter(() => Promise.reject(new Error('full')));
    await expect(writer.update()).rejects.toThrow('full');
    await expect(writer.update()).rejects.toThrow('full');
  });
});
