import { once } from 'node:events';
import type { WatchListener } from '../../../inventory/watch/inventory-watch.ts';
import type { Machine } from '../../../model/machine.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import type { ListFilters } from './list.ts';

type Change = Parameters<WatchListener>[0];

/** `vmbridge watch`: what becomes of the machines, line by line, until Ctrl-C. With --json each line is a JSON object. */
export async function watchMachines(session: Session, filters: Omit<ListFilters, 'sort'>): Promise<number> {
  const { signal } = session.interruption;
  const bridge = await session.bridge();
  const show = session.flags.json ? showJson : showLines;
  // A pipe that is closed ends the watching as Ctrl-C does.
  const closed = new AbortController();
  process.stdout.once('error', () => closed.abort());
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  const { machines, missing, stop } = await bridge.watch(given, { signal }, change => {
    for (const line of show(change)) session.print(line);
  });
  for (const line of show({ added: machines, changed: [], removed: [], missing })) session.print(line);
  for (const { provider, host, reason } of missing) {
    session.warn(
      `vmbridge: ${plainText(`${provider}${host === undefined ? '' : `:${host}`} did not answer: ${reason}`)}`,
    );
  }
  const ended = AbortSignal.any([signal, closed.signal]);
  if (!ended.aborted) await once(ended, 'abort');
  stop();
  return 0;
}

function showJson(change: Change): string[] {
  return [JSON.stringify(change)];
}

/** "+ memory:local/web running", "* memory:local/web state running", "- memory:local/web" */
function showLines({ added, changed, removed }: Change): string[] {
  return [
    ...added.map(machine => `+ ${machine.id} ${machine.name} ${machine.state}`),
    ...changed.map(({ id, fields, machine }) => `* ${id} ${fields.map(field => showField(machine, field)).join(', ')}`),
    ...removed.map(id => `- ${id}`),
  ].map(plainText);
}

function showField(machine: Machine, field: string): string {
  const value = Object.entries(machine).find(([name]) => name === field)?.[1];
  return `${field} ${value === undefined ? 'gone' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
}
