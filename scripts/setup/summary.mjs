/**
 * Counts vitest's JSON report. A file that failed outside of its tests (it could not be loaded, a hook threw) counts
 * as one failure more, and so does each of `failedChecks`.
 */
export function countResults(report, failedChecks = []) {
  const counts = { passed: 0, failed: failedChecks.length, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    const statuses = file.assertionResults.map(({ status }) => status);
    for (const status of statuses) counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
    if (file.status === 'failed' && !statuses.includes('failed')) counts.failed += 1;
  }
  return counts;
}

/** `N passed, N failed`, and how many were skipped when there were any. */
export function formatSummary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
