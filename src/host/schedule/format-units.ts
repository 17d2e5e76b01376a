import { Fault } from '../../errors/fault.ts';
import { type Moment, twoDigits } from './parse-moment.ts';
import { quoteUnitArgument, quoteUnitWord } from './quote-unit-word.ts';

export interface ScheduledProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Variables that it needs beside those of the user's session. */
  readonly environment: Readonly<Record<string, string>>;
}

/** First line of each unit: says whose it is. */
export const unitMark = '# Written by vmbridge (proof.schedule), which replaces and removes it.';

/** The service and the timer of a schedule, as systemd reads them. */
export function formatUnits(
  name: string,
  moment: Moment,
  program: ScheduledProgram,
): { service: string; timer: string } {
  const { file, args, environment } = program;
  checkProgram(file);
  for (const word of args) checkText(word);
  for (const value of Object.values(environment)) checkVariable(value);
  const command = [quoteUnitWord(file), ...args.map(quoteUnitArgument)].join(' ');
  const service = [
    unitMark,
    '[Unit]',
    `Description=Prove disk images: ${name}`,
    '',
    '[Service]',
    'Type=oneshot',
    ...Object.entries(environment).map(([key, value]) => `Environment=${quoteUnitWord(`${key}=${value}`)}`),
    `ExecStart=${command}`,
    '',
  ];
  const timer = [
    unitMark,
    '[Unit]',
    `Description=Prove disk images regularly: ${name}`,
    '',
    '[Timer]',
    `OnCalendar=${formatCalendar(moment)}`,
    // A host that was off at that time makes up for it.
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ];
  return { service: service.join('\n'), timer: timer.join('\n') };
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html#Calendar%20Events */
function formatCalendar(moment: Moment): string {
  const minute = twoDigits(moment.minute);
  if (moment.every === 'hour') return `*-*-* *:${minute}:00`;
  const time = `*-*-* ${twoDigits(moment.hour)}:${minute}:00`;
  if (moment.every === 'day') return time;
  if (moment.every === 'month') return time.replace('*-*-*', `*-*-${twoDigits(moment.day)}`);
  return `${moment.days.map(day => `${day.charAt(0).toUpperCase()}${day.slice(1)}`).join(',')} ${time}`;
}

/** systemd takes no program whose path has such characters, however they are written. */
function checkProgram(file: string): void {
  if (file.startsWith('/') && !/[\u0000-\u001f\u007f"'\\]|\$\{/.test(file) && file.isWellFormed()) return;
  throw new Fault('unsupported', `systemd can not start the program "${file}".`, {
    remedy: 'Install Node.js at a path without quotes, backslashes and control characters.',
  });
}

function checkText(word: string): void {
  if (word.isWellFormed() && !word.includes('\0')) return;
  throw new Fault('unsupported', `"${word.toWellFormed()}" can not be written into a unit of systemd.`, {
    remedy: 'Rename what has that name: it is no text in Unicode.',
  });
}

/** systemd leaves a variable out whose value has control characters, and starts the program without it. */
function checkVariable(value: string): void {
  checkText(value);
  if (!/[\u0000-\u001f\u007f]/.test(value)) return;
  throw new Fault('unsupported', `systemd can not pass on ${JSON.stringify(value)} in a variable.`, {
    remedy: 'Move that folder to a path without control characters.',
  });
}
