import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import { judgeReading, warnOfReading } from '../../src/proof/judge-reading.ts';
import { machineRules } from '../../src/proof/rules/machine.ts';
import { createVerdict } from '../../src/proof/verdicts.ts';

const diskError = createVerdict(machineRules.diskError);
const damaged = new Fault('invalid', 'The data block of "/a.vhdx" at byte 5 lies past the end of the file.');
const unreadable = new Fault('host_fault', '"/a.vhdx" could not be read: the device reports an input/output error.');
const reading = (...faults: Fault[]) => ({ faults: () => faults });

describe('a verdict beside failed reads of the image', () => {
  it('is on the image when the image is damaged, and on the host when the host could not read it', () => {
    expect(judgeReading(diskError, reading(damaged))).toMatchObject({
      state: 'inconclusive',
      rule: 'image-damaged',
      passed: false,
      reason: expect.stringContaining('byte 5'),
    });
    expect(judgeReading(diskError, reading(damaged, unreadable))).toMatchObject({
      state: 'host_fault',
      rule: 'image-unreadable',
    });
    const ended = createVerdict(machineRules.engineEnded);
    const broken = new Fault('host_fault', 'The thread that reads "/a.vhdx" ended unexpectedly.');
    expect(judgeReading(ended, reading(broken))).toMatchObject({ rule: 'image-unreadable' });
  });

  it('stays as it is when the disk was not its cause', () => {
    expect(judgeReading(diskError, reading())).toBe(diskError);
    const login = createVerdict(machineRules.agentAnswers);
    expect(judgeReading(login, reading(damaged))).toBe(login);
    const panic = createVerdict(machineRules.guestPanicked);
    expect(judgeReading(panic, reading(damaged))).toBe(panic);
  });

  it('comes with a warning for each of them', () => {
    expect(warnOfReading(reading(damaged, unreadable))).toEqual([
      expect.stringContaining('byte 5'),
      expect.stringContaining('input/output error'),
    ]);
  });
});
