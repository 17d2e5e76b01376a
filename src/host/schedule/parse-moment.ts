import { Fault } from '../../errors/fault.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const dayNames: readonly string[] = weekdays;
export type Weekday = (typeof weekdays)[number];

interface Time {
  readonly hour: number;
  readonly minute: number;
}

/** When something is done again and again, in local time. */
export type Moment =
  | { readonly every: 'hour'; readonly minute: number }
  | ({ readonly every: 'day' } & Time)
  /** Days in the order of the week. */
  | ({ readonly every: 'week'; readonly days: readonly Weekday[] } & Time)
  /** No day that some months do not have. */
  | ({ readonly every: 'month'; readonly day: number } & Time);

/**
 * Reads "hourly 15", "daily 02:00", "weekly sun 02:00" and "monthly 1 02:00". What is left out is as systemd has it: the full
 * hour, midnight, Monday, the first; a time alone is that of each day.
 */
export function parseMoment(text: string): Moment {
  const words = text.trim().toLowerCase().split(/\s+/);
  const moment = /^\d/.test(words[0] ?? '') ? readMoment('daily', words) : readMoment(words[0] ?? '', words.slice(1));
  if (moment !== undefined) return moment;
  throw new Fault('invalid', `"${text}" says no time that is known here.`, {
    remedy: `Say "hourly 15", "daily 02:00", "weekly mon-fri 02:00" or "monthly 1 02:00"; days: ${weekdays.join(', ')}.`,
    data: { field: 'at' },
  });
}

function readMoment(every: string, words: readonly string[]): Moment | undefined {
  if (every === 'hourly') {
    const [minute = '0', ...others] = words;
    const found = readNumber(minute.replace(/^:/, ''), 59);
    return found === undefined || others.length > 0 ? undefined : { every: 'hour', minute: found };
  }
  const hasTime = words.at(-1)?.includes(':') === true;
  const time = readTime(hasTime ? (words.at(-1) ?? '') : '0:00');
  const [which, ...others] = hasTime ? words.slice(0, -1) : words;
  if (time === undefined || others.length > 0) return undefined;
  if (every === 'daily') return which === undefined ? { every: 'day', ...time } : undefined;
  if (every === 'weekly') {
    const days = readDays(which ?? 'mon');
    return days === undefined ? undefined : { every: 'week', days, ...time };
  }
  const day = readNumber(which ?? '1', 28);
  return every === 'monthly' && day ? { every: 'month', day, ...time } : undefined;
}

/** Reads "mon,wed" and "mon-fri", also "sat-mon". */
function readDays(text: string): readonly Weekday[] | undefined {
  const found = new Set<Weekday>();
  for (const part of text.split(',')) {
    const [first, last, ...others] = part.split('-').map(name => dayNames.indexOf(name));
    if (first === undefined || first < 0 || (last ?? 0) < 0 || others.length > 0) return undefined;
    const count = last === undefined ? 0 : (last - first + 7) % 7;
    for (let step = 0; step <= count; step++) found.add(weekdays[(first + step) % 7] ?? 'mon');
  }
  return weekdays.filter(day => found.has(day));
}

function readTime(text: string): Time | undefined {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const hour = readNumber(hours, 23);
  const minute = readNumber(minutes, 59);
  return hour === undefined || minute === undefined ? undefined : { hour, minute };
}

function readNumber(text: string, most: number): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

/** 7 as "07". */
export function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
