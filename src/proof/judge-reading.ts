import type { Fault } from '../errors/fault.ts';
import type { Verdict } from '../model/verdict.ts';
import { machineRules } from './rules/machine.ts';
import type { Reading } from './start-planned.ts';
import { createVerdict } from './verdicts.ts';

/** Verdicts that say no more than that the disk did not answer, or that the machine was ended for want of it. */
const ofTheDisk = new Set<string>([machineRules.diskError.id, machineRules.engineEnded.id]);

/** The verdict with the cause, when it was the reading of the image that failed: a damaged image is not the host's fault. */
export function judgeReading(verdict: Verdict, { faults }: Reading): Verdict {
  if (verdict.passed || !ofTheDisk.has(verdict.rule)) return verdict;
  const all = faults();
  const ofHost = all.find(({ code }) => code !== 'invalid' && code !== 'not_found');
  const [first] = all;
  if (ofHost)
    return createVerdict(machineRules.imageUnreadable, { reason: `The image could not be read: ${ofHost.message}` });
  if (!first) return verdict;
  return createVerdict(machineRules.imageDamaged, {
    reason: `The guest met a damaged part of the image: ${first.message}`,
  });
}

/** What is told of failed reads beside the verdict. */
export function warnOfReading({ faults }: Reading): string[] {
  return faults().map((fault: Fault) => `While the guest ran, a read of the image failed: ${fault.message}`);
}
