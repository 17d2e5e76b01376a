import { describe, expect, it } from 'vitest';
import { auditInput } from '../../src/rpc/audit-input.ts';
import { imageProve } from '../../src/tools/image.ts';
import { proofRun } from '../../src/tools/proof-run.ts';
import { proofSchedule } from '../../src/tools/proof-schedule.ts';

describe('the options of many proofs', () => {
  const parse = (options?: unknown) => proofRun.input.safeParse({ images: ['/x'], options });

  it('are those of one, with the same defaults', () => {
    const { image: _, ...fields } = imageProve.input.parse({ image: '/x' });
    expect(parse().data?.options).toEqual(fields);
    expect(parse({ limitSeconds: 60 }).data?.options).toEqual({ ...fields, limitSeconds: 60 });
  });

  it('never come into the audit log: the checks among them may hold a password', () => {
    const options = { checks: { user: 'ada', password: 'correct horse' } };
    for (const tool of [proofRun, proofSchedule]) {
      expect(JSON.stringify(auditInput(tool, { images: ['/x'], options }))).not.toContain('horse');
    }
  });

  it.each([
    [{ limitSeconds: 1 }, 'options.limitSeconds'],
    [{ firmware: 'coreboot' }, 'options.firmware'],
    [{ image: '/y' }, 'options.image'],
    [{ evidenceFolder: '/y' }, 'options.evidenceFolder'],
    [{ nonsense: 1 }, 'options.nonsense'],
    ['x', 'options'],
  ])('%j are refused by the name of the field', (options, field) => {
    expect(parse(options).error?.issues.map(issue => issue.path.join('.'))).toEqual([field]);
  });
});
