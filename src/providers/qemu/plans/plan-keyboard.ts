import type { PlanStep } from '../../../model/plan.ts';
import { planTyping } from '../../../qemu/input/plan-typing.ts';
import { pressChord } from '../../../qemu/input/press-chord.ts';
import type { Planner } from '../../define-provider.ts';
import { nameOf } from '../find-machine.ts';
import { findLiveRecord, reachKeyboard } from '../reach-live-guest.ts';
import { parseChords } from '../send-keys.ts';
import type { QemuSession } from '../session.ts';
import { chooseHold } from '../type-text.ts';
import { recordQmp } from './record-requests.ts';

export const planKeys: Planner<QemuSession, 'vm.sendKeys'> = async (session, input, call) => {
  const { vm, keys, holdMilliseconds } = input;
  const chords = parseChords(keys, holdMilliseconds);
  const record = await findLiveRecord(session, vm, call);
  await reachKeyboard(session, record, vm, call, async () => {});
  const press = (chord: (typeof chords)[number]) =>
    recordQmp(nameOf(record), `Press ${chord.join('-')}.`, qmp => pressChord(qmp, chord, holdMilliseconds));
  return (await Promise.all(chords.map(press))).flat();
};

/** What is typed is nobody's business: one step stands for all of it. */
export const planText: Planner<QemuSession, 'vm.type'> = async (session, input, call) => {
  const { vm, text, layout, enter, charactersPerSecond } = input;
  const { length } = planTyping(text, layout);
  const record = await findLiveRecord(session, vm, call);
  await reachKeyboard(session, record, vm, call, async () => {});
  const interval = 1000 / charactersPerSecond;
  const press = (summary: string, key: string): Promise<PlanStep[]> =>
    recordQmp(nameOf(record), summary, qmp => pressChord(qmp, [key], chooseHold([key], interval)));
  const all = `Press the keys of ${length} characters, ${charactersPerSecond} a second.`;
  return [...(length === 0 ? [] : await press(all, '<secret>')), ...(enter ? await press('Press Enter.', 'ret') : [])];
};
