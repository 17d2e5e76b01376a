import type { Verdict } from '../../model/verdict.ts';
import { machineRules } from '../rules/machine.ts';
import type { PictureFacts } from '../screen/picture-facts.ts';
import type { ScreenReading } from '../screen/read-screen.ts';
import { createVerdict } from '../verdicts.ts';
import type { WatchLimits } from './limits.ts';
import type { Stall } from './processor-watch.ts';

export interface StillFacts {
  /** Seconds since anything last changed. */
  readonly seconds: number;
  readonly busy: boolean | undefined;
  /** Processors at work on average, where QEMU tells. */
  readonly working: number | undefined;
  /** Processor time that QEMU was given in those seconds, where the host tells. */
  readonly cpuSeconds: number | undefined;
  /** Those at work are in the same few bytes of code whenever they are looked at. */
  readonly tight: boolean;
  /** They come to ever new code. */
  readonly exploring: boolean;
  readonly stall: Stall | undefined;
  /** Something is shown that takes its time, such as updates. */
  readonly inStage: boolean;
  readonly reading: ScreenReading;
  readonly facts: PictureFacts;
}

/** Below this a processor is as good as idle; above that share, it was given what it wanted. */
const idleProcessors = 0.15;
const givenShare = 0.6;
/** Seconds of work in one place after which it is no matter how much more a guest wanted. */
const tightSeconds = 15;

/** The verdict on a machine on which nothing happens any more and no rule explains it; undefined while it may go on. */
export function judgeStillness(facts: StillFacts, limits: Pick<WatchLimits, 'idle' | 'busy'>): Verdict | undefined {
  const { seconds, stall, inStage } = facts;
  if (stall !== undefined) return describeStall(stall, facts);
  if (inStage || isStarved(facts)) return undefined;
  const busy = isBusy(facts);
  if (busy === true && facts.exploring) return undefined;
  if (seconds < (busy === true ? limits.busy : limits.idle)) return undefined;
  const verdict = describeStillness(`nothing has changed for ${Math.floor(seconds)} s${describeLoad(busy)}`, facts);
  // Whether a wide circle is left at some time can not be told by looking at it.
  return busy === true && !facts.tight ? { ...verdict, certainty: 'possible' } : verdict;
}

function describeLoad(busy: boolean | undefined): string {
  if (busy === undefined) return '';
  return ` while the processor is ${busy ? 'busy' : 'idle: the system waits for something that does not come'}`;
}

/** A guest that has work to do and is hardly let to do it: slow, whatever it looks like. */
function isStarved({ working, cpuSeconds, seconds, tight }: StillFacts): boolean {
  if (working === undefined || cpuSeconds === undefined || working <= idleProcessors) return false;
  if (tight && cpuSeconds >= tightSeconds) return false;
  return cpuSeconds < givenShare * Math.min(working, 1) * seconds;
}

function isBusy({ working, busy }: StillFacts): boolean | undefined {
  return working === undefined ? busy : working > idleProcessors;
}

function describeStall(stall: Stall, { seconds, reading }: StillFacts): Verdict {
  const rule = stall === 'halted' ? machineRules.processorHalted : machineRules.processorLoops;
  const reason = `${rule.reason} Nothing has changed for ${Math.floor(seconds)} s.`;
  return createVerdict(rule, { reason, line: lastLine(reading) });
}

function describeStillness(stood: string, { reading, facts }: StillFacts): Verdict {
  const isText = reading.method === 'vga' || reading.method === 'glyph';
  if (!isText && !facts.blank) {
    const rule = facts.graphical ? machineRules.graphicalUnread : machineRules.textUnread;
    return createVerdict(rule, { reason: `${rule.reason} It can not be told what it says, and ${stood}.` });
  }
  const line = lastLine(reading);
  const shown =
    facts.blank || line === undefined ? 'The screen shows no text' : 'The screen shows text that no rule explains';
  return createVerdict(machineRules.nothingChanges, { reason: `${shown}, and ${stood}.`, line });
}

function lastLine({ lines }: ScreenReading): string | undefined {
  return lines.findLast(text => text.trim() !== '')?.trim();
}
