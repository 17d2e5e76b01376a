import { setTimeout as delay } from 'node:timers/promises';
import type { RfbClient } from '../rfb-client.ts';
import type { Key } from './key.ts';

/** QEMU hands a machine one event of a key each 10 ms, keeps a thousand that come faster, and drops the rest. */
const eventMilliseconds = 10;

/**
 * Presses keys in order and lets them go in reverse after so many milliseconds. Not cut short by anything: a key that went
 * down comes up, unless the connection ends, upon which servers let all keys go.
 */
export async function pressKeys(client: RfbClient, keys: readonly Key[], hold: number): Promise<void> {
  for (const key of keys) client.sendKey(key, true);
  await delay(Math.max(hold, eventMilliseconds * keys.length));
  for (const key of keys.toReversed()) client.sendKey(key, false);
  await delay(eventMilliseconds * keys.length);
}

/** How long that takes. */
export function timeKeys(count: number, hold: number): number {
  return Math.max(hold, eventMilliseconds * count) + eventMilliseconds * count;
}
