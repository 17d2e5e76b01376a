import { describe, expect, it } from 'vitest';
import { countResults, formatSummary } from '../../scripts/setup/summary.mjs';

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map(each => ({ status: each })),
});

describe('the last line of npm test', () => {
  it('counts each test by its status', () => {
    const report = {
      testResults: [
        file('failed', 'passed', 'failed', 'passed'),
        file('passed', 'pending', 'todo', 'passed', 'skipped'),
      ],
    };
    expect(formatSummary(countResults(report))).toBe('3 passed, 1 failed, 3 skipped');
  });

  it('leaves the skipped ones out when there are none', () => {
    expect(formatSummary(countResults({ testResults: [file('passed', 'passed')] }))).toBe('1 passed, 0 failed');
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(countResults({ testResults: [file('failed'), file('passed', 'passed')] })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a file whose hook failed, though its tests were only skipped', () => {
    expect(countResults({ testResults: [file('failed', 'skipped', 'passed')] })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 1,
    });
  });

  it('counts failed checks, also without any report', () => {
    expect(formatSummary(countResults(undefined, ['types', 'lint']))).toBe('0 passed, 2 failed');
  });
});
