import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { parseChord } from '../../qemu/input/parse-chord.ts';
import { pressChord, timeChord } from '../../qemu/input/press-chord.ts';
import type { Chord } from '../../qemu/input/typing-map.ts';
import { findLiveRecord, reachKeyboard } from './reach-live-guest.ts';
import type { QemuSession } from './session.ts';

/** A call that takes longer would have to be an operation. */
const longestMilliseconds = 10_000;
/** Between two chords, so that the same key twice is not one key held. */
const gapMilliseconds = 20;

/** Presses the chords in turn. QEMU itself lets the keys go, so that none stays down whatever happens to this process. */
export async function sendKeys(
  session: QemuSession,
  { vm, keys, holdMilliseconds }: ToolInput<'vm.sendKeys'>,
  call: CallContext,
): Promise<ToolOutput<'vm.sendKeys'>> {
  const chords = parseChords(keys, holdMilliseconds);
  const record = await findLiveRecord(session, vm, call);
  await reachKeyboard(session, record, vm, call, async ({ qmp }) => {
    for (const [index, chord] of chords.entries()) {
      if (call.signal.aborted) throw cancelledFault(call.signal, 'Sending keys');
      await pressChord(qmp, chord, holdMilliseconds, call.signal);
      // Not cut short by the signal: when the call is over, so are its keys.
      await delay(timeChord(chord, holdMilliseconds) + gapMilliseconds);
      call.progress({ fraction: (index + 1) / chords.length, message: `${index + 1} of ${chords.length} sent` });
    }
  });
  return { sent: chords.length };
}

/** Throws `invalid` for keys that there are not, and for more than a call has time for. */
export function parseChords(keys: readonly string[], holdMilliseconds: number): Chord[] {
  const chords = keys.map((chord, index) => parseChord(chord, `keys.${index}`));
  refuseLong(chords, holdMilliseconds);
  return chords;
}

function refuseLong(chords: readonly Chord[], hold: number): void {
  const whole = chords.reduce((sum, chord) => sum + timeChord(chord, hold) + gapMilliseconds, 0);
  if (whole <= longestMilliseconds) return;
  throw new Fault('invalid', `Pressing these keys would take ${(whole / 1000).toFixed(1)} s, more than 10 s.`, {
    remedy: 'Lower holdMilliseconds, or send the keys in several calls.',
    data: { field: 'holdMilliseconds', milliseconds: whole },
  });
}
