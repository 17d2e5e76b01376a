import path from 'node:path';
import { escapeXml } from '../../../host/escape-xml.ts';
import type { CampaignRow } from '../campaign-row.ts';
import { type CampaignReport, countRows } from './campaign-report.ts';

/**
 * The run as JUnit XML: a test case for each image. `failure`: the image did not pass; `error`: the host kept it from a
 * verdict; `skipped`: its turn has not come, or it is proved together with another. Only what the schema of Ant and that of
 * Jenkins both allow, and all that either asks for.
 */
export function toJunit(report: CampaignReport): string {
  const { id, host, startedAt, rows, skipped } = report;
  const { total, passed, failed, errors, open } = countRows(report);
  const together = skipped.filter(({ isImage }) => isImage);
  const seconds = rows.reduce((sum, { row }) => sum + (row?.seconds ?? 0), 0);
  const suite = {
    name: 'vmbridge prove',
    package: 'vmbridge',
    id: 0,
    hostname: host,
    timestamp: startedAt.replace(/\.\d+Z$/, ''),
    tests: total + together.length,
    failures: failed,
    errors,
    skipped: open + together.length,
    time: seconds.toFixed(3),
  };
  const summary = `${total} images: ${passed} passed, ${failed} failed, ${errors} errors, ${open} not proved yet`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${attributes(suite)}>`,
    `    <properties><property${attributes({ name: 'run', value: id })}/></properties>`,
    ...rows.map(({ image, row }) => toCase(image, row)),
    ...together.map(file => testCase(file.path, 0, skippedElement(file.reason))),
    `    <system-out>${escapeXml(`${id}: ${summary}`)}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function toCase(image: string, row: CampaignRow | undefined): string {
  if (row === undefined) return testCase(image, 0, skippedElement('Not proved yet.'));
  return testCase(image, row.seconds ?? 0, row.passed ? '' : problemElement(row));
}

/** Named by the image alone, so that readers know it again in the next run. */
function testCase(image: string, seconds: number, inner: string): string {
  // Many readers show only the name; the class stands for the folder.
  const name = { classname: path.dirname(image), name: path.basename(image) };
  const head = `    <testcase${attributes({ ...name, time: seconds.toFixed(3) })}`;
  return inner === '' ? `${head}/>` : `${head}>${inner}</testcase>`;
}

function problemElement({ image, blame, state, rule, reason = '', evidenceFolder, fault }: CampaignRow): string {
  const element = blame === 'host' ? 'error' : 'failure';
  const details = [
    reason,
    `image: ${image}`,
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
