/** The last moment that has a year of four digits. */
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const earliest = Date.UTC(1, 0, 1);

/** A moment by its milliseconds since 1970, in UTC; undefined when it is none that anything could have been written at. */
export function fileTime(milliseconds: number): Date | undefined {
  return milliseconds >= earliest && milliseconds <= latest ? new Date(Math.floor(milliseconds)) : undefined;
}

/** The date and time of FAT and exFAT: 5 bits of double seconds, 6 of minutes, 5 of hours; 5 of the day, 4 of the month, 7 of years. */
export function dosTime(date: number, time: number, offsetMinutes = 0): Date | undefined {
  const month = (date >> 5) & 15;
  const day = date & 31;
  if (month < 1 || month > 12 || day === 0) return undefined;
  const milliseconds = Date.UTC(
    1980 + (date >> 9),
    month - 1,
    day,
    time >> 11,
    ((time >> 5) & 63) - offsetMinutes,
    (time & 31) * 2,
  );
  return fileTime(milliseconds);
}
