import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import { parseChord } from '../../../qemu/input/parse-chord.ts';
import { chordKeys } from '../../../rfb/keys/chord-keys.ts';
import type { Key } from '../../../rfb/keys/key.ts';
import { pressKeys, timeKeys } from '../../../rfb/keys/press-keys.ts';
import type { RfbClient } from '../../../rfb/rfb-client.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { watchScreen } from './reach-screen.ts';
import { requireKeyboard } from './require-live.ts';
import { planScreen } from './screen-requests.ts';

type Session = ProxmoxSession;

/** A call that takes longer would have to be an operation. */
const longestMilliseconds = 10_000;
/** Between two chords, so that the same key twice is not one key held. */
const gapMilliseconds = 20;

export const sendKeys: Operation<Session, 'vm.sendKeys'> = async (session, input, call) => {
  const chords = parseChords(input);
  const { guest } = await requireKeyboard(session, input.vm, call.signal);
  let sent = 0;
  try {
    await watchScreen(session, guest, call.signal, async client => {
      // Whether it wants to know which key it is, a server tells with its first answer.
      await client.settle();
      for (const chord of chords) {
        await pressChord(client, chord, input.holdMilliseconds, call);
        sent += 1;
        call.progress({ fraction: sent / chords.length, message: `${sent} of ${chords.length} sent` });
      }
      await client.settle();
    });
  } catch (error) {
    throw error instanceof Fault ? error.with({ data: { ...error.data, sent, of: chords.length } }) : error;
  }
  return { sent };
};

export const planKeys: Planner<Session, 'vm.sendKeys'> = async (session, input, { signal }) => {
  parseChords(input);
  const { guest } = await requireKeyboard(session, input.vm, signal);
  const presses = input.keys.map(chord => ({
    summary: `Press ${chord}.`,
    request: { to: `VNC of ${guest.id}`, body: { press: chord, milliseconds: input.holdMilliseconds } },
  }));
  return [...(await planScreen(session, guest, signal)), ...presses];
};

/** Throws `invalid` for keys that there are not, and for more than a call has time for. */
function parseChords({ keys, holdMilliseconds }: ToolInput<'vm.sendKeys'>): Key[][] {
  const chords = keys.map((chord, index) => chordKeys(parseChord(chord, `keys.${index}`)));
  const times = chords.map(({ length }) => timeKeys(length, holdMilliseconds) + gapMilliseconds);
  const whole = times.reduce((sum, time) => sum + time, 0);
  if (whole <= longestMilliseconds) return chords;
  throw new Fault('invalid', `Pressing these keys would take ${(whole / 1000).toFixed(1)} s, more than 10 s.`, {
    remedy: 'Lower holdMilliseconds, or send the keys in several calls.',
    data: { field: 'holdMilliseconds', milliseconds: whole },
  });
}

async function pressChord(client: RfbClient, chord: readonly Key[], hold: number, call: CallContext): Promise<void> {
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Sending keys');
  await pressKeys(client, chord, hold);
  await delay(gapMilliseconds);
}
