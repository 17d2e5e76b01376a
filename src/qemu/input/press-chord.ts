import type { QmpChannel } from '../qmp/qmp-channel.ts';
import type { Chord } from './typing-map.ts';

/** Presses the keys in order and has QEMU let them go in reverse, `hold` milliseconds between each step and the next. Returns at once. */
export async function pressChord(qmp: QmpChannel, chord: Chord, hold: number, signal?: AbortSignal): Promise<void> {
  const keys = chord.map(data => ({ type: 'qcode', data }));
  await qmp.execute('send-key', { keys, 'hold-time': hold }, signal);
}

/** Milliseconds until QEMU is done with a chord: it waits after each key that goes down, and after each that comes up. */
export function timeChord(chord: Chord, hold: number): number {
  return 2 * chord.length * hold;
}
