import type { Volume } from './storages.ts';

export type Mark = 'keep' | 'remove' | 'protected' | 'renamed';

export interface PruneRow {
  readonly volume: Volume;
  readonly type: string;
  mark: Mark | undefined;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Which hour, day … a backup stands for. */
const periods: Readonly<Record<string, (time: Date) => string>> = {
  'keep-hourly': time => `${dayOf(time)}-${two(time.getHours())}`,
  'keep-daily': dayOf,
  'keep-weekly': weekOf,
  'keep-monthly': time => `${time.getFullYear()}-${two(time.getMonth() + 1)}`,
  'keep-yearly': time => `${time.getFullYear()}`,
};

function dayOf(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** ISO week: the one that holds its Thursday. */
function weekOf(time: Date): string {
  const thursday = new Date(time.getFullYear(), time.getMonth(), time.getDate() + 3 - ((time.getDay() + 6) % 7));
  const first = new Date(thursday.getFullYear(), 0, 4);
  const days = Math.round((thursday.getTime() - first.getTime()) / 86_400_000);
  return `${thursday.getFullYear()}-W${1 + Math.floor((days + ((first.getDay() + 6) % 7)) / 7)}`;
}

/** `keep-last=3,keep-daily=7` as numbers. */
export function readKeep(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .split(',')
      .map(part => part.split('='))
      .map(([key = '', value = '0']) => [key, Number(value)]),
  );
}

/**
 * What goes and what stays, by guest. The rules are applied one after the other; each goes from the newest to the oldest and keeps the
 * newest of each of its periods that no rule before it has kept, until it has kept as many as it says.
 */
export function markForPruning(volumes: readonly Volume[], keep: Readonly<Record<string, number>>): PruneRow[] {
  const rows = volumes.map(volume => {
    const type = /vzdump-(qemu|lxc)-\d+-\d{4}/.exec(volume.volid)?.[1];
    const mark: Mark | undefined = type === undefined ? 'renamed' : volume.protected ? 'protected' : undefined;
    return { volume, type: type ?? 'unknown', mark };
  });
  for (const group of Map.groupBy(
    rows.filter(({ mark }) => mark === undefined),
    ({ type, volume }) => `${type}/${volume.vmid}`,
  ).values()) {
    markGroup(
      group.toSorted((one, other) => other.volume.ctime - one.volume.ctime),
      keep,
    );
  }
  return rows;
}

function markGroup(rows: readonly PruneRow[], keep: Readonly<Record<string, number>>): void {
  const rules = Object.entries(keep).filter(([, count]) => count > 0);
  if (keep['keep-all'] === 1 || rules.length === 0) {
    for (const row of rows) row.mark = 'keep';
    return;
  }
  for (const row of rows.slice(0, keep['keep-last'] ?? 0)) row.mark = 'keep';
  for (const [name, periodOf] of Object.entries(periods)) keepOfEach(rows, keep[name] ?? 0, periodOf);
  for (const row of rows) row.mark ??= 'remove';
}

function keepOfEach(rows: readonly PruneRow[], count: number, periodOf: (time: Date) => string): void {
  if (count === 0) return;
  const period = ({ volume }: PruneRow) => periodOf(new Date(volume.ctime * 1000));
  const covered = new Set(rows.filter(({ mark }) => mark === 'keep').map(period));
  const taken = new Set<string>();
  for (const row of rows) {
    const id = period(row);
    if (row.mark !== undefined || covered.has(id)) continue;
    if (taken.has(id)) {
      row.mark = 'remove';
      continue;
    }
    if (taken.size >= count) return;
    taken.add(id);
    row.mark = 'keep';
  }
}
