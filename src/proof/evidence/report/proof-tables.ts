import type { FileComparison } from '../../../model/proof.ts';
import type { ProofRecord } from '../proof-record.ts';
import { html, type Markup } from './html.ts';
import { facts, listing, table } from './parts.ts';

/** A guest can be made to tell a lot; a page has to stay one that a browser opens at once. */
const mostRows = 500;
const mostText = 64 * 1024;

export function describeFiles({ image, parents }: ProofRecord): Markup[] {
  return [image, ...parents].map(describeFile);
}

function describeFile({ before, after, unchanged }: FileComparison): Markup {
  const both = (one: string | number | undefined, other: string | number | undefined) =>
    one === other ? one : `${one ?? 'unknown'} → ${other ?? 'unknown'}`;
  return facts([
    ['path', before.path],
    ['compared', unchanged ? mark(true, 'unchanged') : mark(false, 'CHANGED while it was being proved')],
    ['size', `${both(before.size, after.size)} bytes`],
    ['modified', both(before.modified, after.modified)],
    ['changed', both(before.changed, after.changed)],
    ['file number', both(before.inode, after.inode)],
    ['SHA-256', both(before.sha256, after.sha256)],
    ['streams', both(nameStreams(before), nameStreams(after))],
  ]);
}

function nameStreams({ streams }: FileComparison['before']): string | undefined {
  return streams?.map(({ name, size }) => `${name} (${size})`).join(', ');
}

export function listChecks({ checks }: ProofRecord): Markup | undefined {
  return table(
    ['check', 'result', 'found', 'seconds'],
    checks.map(({ check, passed, detail, seconds }) => [
      check,
      mark(passed, passed ? 'passed' : 'failed'),
      detail,
      seconds.toFixed(1),
    ]),
  );
}

export function listAttempts({ attempts }: ProofRecord): Markup | undefined {
  return table(
    ['#', 'booted with', 'memory', 'verdict', 'decided', 'seconds'],
    attempts.slice(0, mostRows).map((attempt, index) => {
      const { firmware, machine, bus, accelerator, cpu, verdict, error } = attempt;
      return [
        index + 1,
        `${firmware}, ${machine}, ${bus}, ${accelerator}${cpu === undefined ? '' : ` (${cpu})`}`,
        `${Math.round(attempt.memoryBytes / 2 ** 20)} MiB`,
        verdict === undefined ? (error ?? 'did not start') : `${verdict.state}: ${verdict.reason}`,
        attempt.decisive ? 'yes' : '',
        attempt.seconds.toFixed(1),
      ];
    }),
  );
}

export function listTimeline({ timeline }: ProofRecord): Markup | undefined {
  return table(
    ['seconds', 'phase', 'what'],
    timeline.slice(0, mostRows).map(({ at, phase, message }) => [at.toFixed(1), phase, message]),
  );
}

export function listSignals({ signals }: ProofRecord): Markup | undefined {
  return table(
    ['seconds', 'kind', 'what'],
    signals.slice(0, mostRows).map(({ at, kind, message }) => [at.toFixed(1), kind, message]),
  );
}

/** How QEMU was started, each time. */
export function describeRuns({ runs }: ProofRecord): Markup[] {
  return runs
    .map(({ arguments: words }) => listing(joinArguments(words).slice(0, mostText)))
    .filter(part => part !== undefined);
}

/** One option a line; quoted where a reader could not tell where a word ends. */
function joinArguments(words: readonly string[]): string {
  const quoted = words.map(word => (/^[\w./:,=+@%-]+$/.test(word) ? word : JSON.stringify(word)));
  return quoted.join(' ').replaceAll(' -', '\n-');
}

function mark(good: boolean, text: string): Markup {
  return html`<span class="${good ? 'good' : 'bad'}">${text}</span>`;
}
