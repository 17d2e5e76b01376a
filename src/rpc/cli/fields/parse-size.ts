import { Fault } from '../../../errors/fault.ts';

const powers: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 };

/** Bytes from `2147483648`, `2G`, `512M`, `1.5GiB`. Throws `invalid` naming the flag. */
export function parseSize(flag: string, rawSize: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])(?:i?B)?|B)?$/i.exec(rawSize) ?? [];
  const bytes = Number(amount) * 1024 ** (powers[unit.toUpperCase()] ?? 0);
  if (amount !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new Fault('invalid', `${flag} takes a size, not "${rawSize.slice(0, 100)}".`, {
    remedy: 'Write bytes, or a number with K, M, G or T behind it, e.g. 2G.',
    data: { field: flag },
  });
}
