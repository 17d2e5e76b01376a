import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { planTyping } from '../../qemu/input/plan-typing.ts';
import { pressChord, timeChord } from '../../qemu/input/press-chord.ts';
import type { Chord } from '../../qemu/input/typing-map.ts';
import type { ReachedGuest } from './reach-guest.ts';
import { findLiveRecord, reachKeyboard, takesKeys } from './reach-live-guest.ts';
import type { QemuSession } from './session.ts';

/** Nobody else gets at a machine of another process meanwhile, so that its channel is given back now and then. */
const batchMilliseconds = 500;
/** No key is held longer, so that it does not repeat itself. */
const longestHold = 30;

interface Typing {
  readonly characters: readonly (readonly Chord[])[];
  /** Milliseconds for each chord. */
  readonly interval: number;
  done: number;
}

/** Types a text once all of it is known to be on the layout. */
export async function typeText(
  session: QemuSession,
  { vm, text, layout, enter, charactersPerSecond }: ToolInput<'vm.type'>,
  call: CallContext,
): Promise<ToolOutput<'vm.type'>> {
  const planned = planTyping(text, layout);
  const characters = enter ? [...planned, [['ret']]] : planned;
  const typing: Typing = { characters, interval: 1000 / charactersPerSecond, done: 0 };
  const record = await findLiveRecord(session, vm, call);
  while (typing.done < characters.length) {
    try {
      await reachKeyboard(session, record, vm, call, guest => typeBatch(guest, typing, call));
    } catch (error) {
      throw tellHowFar(error, typing);
    }
  }
  return { typed: planned.length };
}

async function typeBatch(guest: ReachedGuest, typing: Typing, call: CallContext): Promise<void> {
  const end = performance.now() + batchMilliseconds;
  const { characters } = typing;
  while (typing.done < characters.length && performance.now() < end) {
    if (call.signal.aborted) throw cancelledFault(call.signal, 'Typing');
    // A machine that stops in between would lose the rest without a word.
    const status = await guest.status(call.signal);
    if (!takesKeys.includes(status)) return;
    for (const chord of characters[typing.done] ?? []) await typeChord(guest, chord, typing.interval);
    typing.done += 1;
    call.progress({
      fraction: typing.done / characters.length,
      message: `${typing.done} of ${characters.length} typed`,
    });
  }
}

/** Not cut short by the signal: QEMU lets the keys go within this time, and then none is pressed any more. */
async function typeChord({ qmp }: ReachedGuest, chord: Chord, interval: number): Promise<void> {
  const began = performance.now();
  const hold = chooseHold(chord, interval);
  await pressChord(qmp, chord, hold);
  const spent = performance.now() - began;
  await delay(Math.max(1, timeChord(chord, hold) - spent, interval - spent));
}

/** How long the keys are held where a chord has so many milliseconds. */
export function chooseHold(chord: Chord, interval: number): number {
  return Math.max(1, Math.min(longestHold, Math.floor(interval / (2 * chord.length))));
}

/** Whoever goes on after a failure has to know where. */
function tellHowFar(error: unknown, { done, characters }: Typing): unknown {
  if (!(error instanceof Fault)) return error;
  return error.with({ data: { ...error.data, typed: done, of: characters.length } });
}
