import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { pressKeys, timeKeys } from '../../../rfb/keys/press-keys.ts';
import type { RfbClient } from '../../../rfb/rfb-client.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { watchScreen } from './reach-screen.ts';
import { requireKeyboard } from './require-live.ts';
import { planScreen } from './screen-requests.ts';
import { type CharacterKeys, enterKeys, machineKeys, terminalKeys } from './text-keys.ts';

type Session = ProxmoxSession;

/** No key is held longer, so that it does not repeat itself. */
const longestHold = 30;
/** A machine that stops in between loses the rest without a word: so often it is asked. */
const lookMilliseconds = 2000;

/** Types a text once all of it is known to be on the layout. */
export const typeText: Operation<Session, 'vm.type'> = async (session, input, call) => {
  const { guest } = await requireKeyboard(session, input.vm, call.signal);
  const planned = keysOf(guest, input);
  const characters = input.enter ? [...planned, enterKeys] : planned;
  let done = 0;
  const tell = () => {
    done += 1;
    call.progress({ fraction: done / characters.length, message: `${done} of ${characters.length} typed` });
  };
  try {
    await watchScreen(session, guest, call.signal, async client => {
      await client.settle();
      let looked = performance.now();
      for (const character of characters) {
        await typeCharacter(client, character, 1000 / input.charactersPerSecond, call);
        tell();
        if (performance.now() - looked < lookMilliseconds) continue;
        await requireKeyboard(session, input.vm, call.signal);
        looked = performance.now();
      }
      await client.settle();
    });
    if (characters.length > 0) await requireKeyboard(session, input.vm, call.signal);
  } catch (error) {
    throw error instanceof Fault ? error.with({ data: { ...error.data, typed: done, of: characters.length } }) : error;
  }
  return { typed: planned.length };
};

/** What is typed is nobody's business: one step stands for all of it. */
export const planText: Planner<Session, 'vm.type'> = async (session, input, { signal }) => {
  const { guest } = await requireKeyboard(session, input.vm, signal);
  const { length } = keysOf(guest, input);
  const press = (summary: string, keys: string): PlanStep => ({
    summary,
    request: { to: `VNC of ${guest.id}`, body: { press: keys } },
  });
  const all = `Press the keys of ${length} characters, ${input.charactersPerSecond} a second.`;
  return [
    ...(await planScreen(session, guest, signal)),
    ...(length === 0 ? [] : [press(all, '<secret>')]),
    ...(input.enter ? [press('Press Enter.', 'ret')] : []),
  ];
};

function keysOf({ type }: Guest, { text, layout }: ToolInput<'vm.type'>): CharacterKeys[] {
  return type === 'qemu' ? machineKeys(text, layout) : terminalKeys(text);
}

async function typeCharacter(
  client: RfbClient,
  { places, sign }: CharacterKeys,
  interval: number,
  { signal }: CallContext,
): Promise<void> {
  const chords = client.namesKeys && places.length > 0 ? places : [[sign]];
  for (const keys of chords) {
    if (signal.aborted) throw cancelledFault(signal, 'Typing');
    const hold = Math.max(1, Math.min(longestHold, interval / 2));
    await pressKeys(client, keys, hold);
    await delay(Math.max(0, interval - timeKeys(keys.length, hold)));
  }
}
