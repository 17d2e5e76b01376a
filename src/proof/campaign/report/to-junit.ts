import path from 'node:path';
import { escapeXml } from '../../../host/escape-xml.ts';
import type { CampaignRow } from '../campaign-row.ts';
import { type CampaignReport, countRows } from './campaign-report.ts';

/**
 * The run as JUnit XML: a test case for each image. `failure`: the image did not pass; `error`: the host kept it from a
 * verdict; `skipped`: its turn has not come, or it is proved together with another.
 */
export function toJunit(report: CampaignReport): string {
  const { id, startedAt, rows, skipped } = report;
  const { total, failed, errors, open } = countRows(report);
  const together = skipped.filter(({ isImage }) => isImage);
  const seconds = rows.reduce((sum, { row }) => sum + (row?.seconds ?? 0), 0);
  const counts = {
    tests: total + together.length,
    failures: failed,
    errors,
    skipped: open + together.length,
    time: seconds.toFixed(3),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'vmbridge', ...counts })}>`,
    `  <testsuite${attributes({ name: id, ...counts, timestamp: startedAt.replace(/\.\d+Z$/, '') })}>`,
    ...rows.map(({ image, row }) => toCase(id, image, row)),
    ...together.map(file => testCase(id, file.path, 0, skippedElement(file.reason))),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function toCase(id: string, image: string, row: CampaignRow | undefined): string {
  if (row === undefined) return testCase(id, image, 0, skippedElement('Not proved yet.'));
  return testCase(id, image, row.seconds ?? 0, row.passed ? '' : problemElement(row));
}

function testCase(id: string, image: string, seconds: number, inner: string): string {
  // Many readers show only the name; the class stands for the folder.
  const name = { classname: `${id}.${path.dirname(image)}`, name: path.basename(image), file: image };
  const head = `    <testcase${attributes({ ...name, time: seconds.toFixed(3) })}`;
  return inner === '' ? `${head}/>` : `${head}>${inner}</testcase>`;
}

function problemElement({ blame, state, rule, reason = '', evidenceFolder, fault }: CampaignRow): string {
  const element = blame === 'host' ? 'error' : 'failure';
  const details = [
    reason,
    ...(rule === undefined ? [] : [`rule: ${rule}`]),
    ...(fault?.remedy === undefined ? [] : [`remedy: ${fault.remedy}`]),
    ...(evidenceFolder === undefined ? [] : [`evidence: ${evidenceFolder}`]),
  ].join('\n');
  const head = attributes({ message: reason, type: state ?? fault?.code ?? 'failed' });
  return `<${element}${head}>${escapeXml(details)}</${element}>`;
}

function skippedElement(reason: string): string {
  return `<skipped${attributes({ message: reason })}/>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}
