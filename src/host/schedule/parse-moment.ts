import { Fault } from '../../errors/fault.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** When something is done again and again, in local time. */
export type Moment =
  | { readonly every: 'hour'; readonly minute: number }
  | { readonly every: 'day'; readonly hour: number; readonly minute: number }
  | {
      readonly every: 'week';
      readonly day: (typeof weekdays)[number];
      readonly hour: number;
      readonly minute: number;
    };

/** Reads "hourly 15", "daily 02:00" or "weekly sun 02:00". */
export function parseMoment(text: string): Moment {
  const words = text.trim().toLowerCase().split(/\s+/);
  const [every, first = '', second = ''] = words;
  if (every === 'hourly' && words.length === 2) {
    const minute = readNumber(first.replace(/^:/, ''), 59);
    if (minute !== undefined) return { every: 'hour', minute };
  }
  const time = readTime(every === 'weekly' ? second : first);
  if (every === 'daily' && words.length === 2 && time !== undefined) return { every: 'day', ...time };
  const day = weekdays.find(name => name === first);
  if (every === 'weekly' && words.length === 3 && day !== undefined && time !== undefined) {
    return { every: 'week', day, ...time };
  }
  throw new Fault('invalid', `"${text}" says no time that is known here.`, {
    remedy: `Say "hourly 15", "daily 02:00" or "weekly sun 02:00"; days: ${weekdays.join(', ')}.`,
    data: { field: 'at' },
  });
}

function readTime(text: string): { hour: number; minute: number } | undefined {
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
