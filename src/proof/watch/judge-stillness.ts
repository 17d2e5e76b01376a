import type { Verdict } from '../../model/verdict.ts';
import type { PictureFacts } from '../screen/picture-facts.ts';
import type { ScreenReading } from '../screen/read-screen.ts';
import { createVerdict } from '../verdicts.ts';
import type { WatchLimits } from './limits.ts';

export interface StillFacts {
  /** Seconds since anything last changed. */
  readonly seconds: number;
  readonly busy: boolean | undefined;
  readonly reading: ScreenReading;
  readonly facts: PictureFacts;
  /** More than the firmware has been seen to run. */
  readonly started: boolean;
}

/** The verdict on a machine on which nothing happens any more and no rule explains it; undefined while it may go on. */
export function judgeStillness(
  { seconds, busy, reading, facts, started }: StillFacts,
  limits: WatchLimits,
): Verdict | undefined {
  const usual = busy === true ? limits.busy : limits.idle;
  const patience = facts.blank && started ? Math.max(usual, limits.empty) : usual;
  if (seconds < patience) return undefined;
  const processor = busy === undefined ? '' : ` while the processor is ${busy ? 'busy' : 'idle'}`;
  const stood = `nothing has changed for ${Math.floor(seconds)} s${processor}`;
  const isText = reading.method === 'vga' || reading.method === 'glyph';
  if (!isText && !facts.blank) {
    const what = facts.graphical ? 'A graphical screen' : 'A screen in an unknown font';
    const rule = facts.graphical ? 'graphical-screen-unread' : 'text-screen-unread';
    return createVerdict(
      'inconclusive',
      rule,
      'screen',
      `${what} is shown whose text cannot be read exactly, and ${stood}.`,
    );
  }
  const line = reading.lines.findLast(text => text.trim() !== '')?.trim();
  const shown =
    facts.blank || line === undefined ? 'The screen shows no text' : 'The screen shows text that no rule explains';
  return createVerdict('frozen', 'nothing-changes', 'activity', `${shown}, and ${stood}.`, line);
}
