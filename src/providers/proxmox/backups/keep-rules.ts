import { Fault } from '../../../errors/fault.ts';
import type { KeepRules } from '../../../model/backup.ts';

const order = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** e.g. `keep-last=3,keep-daily=7`. Rules that keep nothing would delete everything: throws `invalid`. */
export function writeKeepRules(keep: KeepRules): string {
  const parts = order.flatMap(name => (keep[name] === undefined ? [] : [`keep-${name}=${keep[name]}`]));
  if (parts.length > 0) return parts.join(',');
  throw new Fault('invalid', 'The field "keep" says nothing that stays.', {
    remedy: 'Set at least one of last, hourly, daily, weekly, monthly and yearly.',
    data: { field: 'keep' },
  });
}
