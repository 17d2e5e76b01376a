import { escapeControls } from '../../../errors/escape.ts';
import type { CampaignRow } from '../campaign-row.ts';
import { type CampaignReport, countRows } from './campaign-report.ts';

/** The run as a page for people, in Markdown. */
export function toSummary(report: CampaignReport): string {
  const { id, startedAt, rows, skipped } = report;
  const { total, passed, failed, errors, open } = countRows(report);
  return [
    `# ${id}`,
    '',
    `Begun ${startedAt}: ${total} images, ${passed} passed, ${failed} failed, ${errors} errors, ${open} not proved yet.`,
    '',
    '| image | result | verdict | seconds | reason | evidence |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ image, row }) => toLine([image, ...toCells(row)])),
    ...(skipped.length === 0
      ? []
      : ['', '| left out | why |', '| --- | --- |', ...skipped.map(({ path, reason }) => toLine([path, reason]))]),
    '',
  ].join('\n');
}

function toCells(row: CampaignRow | undefined): string[] {
  if (row === undefined) return ['not proved yet', '', '', '', ''];
  const { passed, blame, state, seconds, reason = '', evidenceFolder = '', fault } = row;
  const result = passed ? 'passed' : blame === 'host' ? 'ERROR' : 'FAILED';
  return [result, state ?? fault?.code ?? '', seconds?.toFixed(1) ?? '', passed ? '' : reason, evidenceFolder];
}

function toLine(cells: readonly string[]): string {
  return `| ${cells.map(toCell).join(' | ')} |`;
}

/** Names come from whoever made the files: none of their characters may mean anything on the page. */
function toCell(text: string): string {
  return escapeControls(text.toWellFormed())
    .replaceAll('\n', '\\x0a')
    .replaceAll('\t', '\\x09')
    .replace(/[\\`*_{}[\]<>()#+!|~&$]/g, '\\$&');
}
