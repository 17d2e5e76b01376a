import type { ProofResult } from './proof.ts';

const mostNamed = 3;

/** What kept a proof from passing although its verdict is one that passes, in a sentence; undefined for any other. */
export function explainFailure({
  passed,
  verdict,
  unchanged,
  checks,
}: Pick<ProofResult, 'passed' | 'verdict' | 'unchanged' | 'checks'>): string | undefined {
  if (passed || !verdict.passed) return undefined;
  const failed = checks.filter(check => !check.passed).map(({ check }) => check);
  const more = failed.length > mostNamed ? ` and ${failed.length - mostNamed} more` : '';
  const parts = [
    ...(failed.length === 0
      ? []
      : [`what was checked does not hold (${failed.slice(0, mostNamed).join(', ')}${more})`]),
    ...(unchanged ? [] : ['the image was changed by another program meanwhile']),
  ];
  return `It boots, but ${parts.join(', and ')}.`;
}
