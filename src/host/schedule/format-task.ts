import { Fault } from '../../errors/fault.ts';
import { escapeXml } from '../escape-xml.ts';
import type { ScheduledProgram } from './format-units.ts';
import { type Moment, twoDigits, type Weekday } from './parse-moment.ts';
import { quoteWindowsArgument } from './quote-windows-argument.ts';

const days: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};
const months = ['January February March April May June', 'July August September October November December'].flatMap(
  names => names.split(' '),
);

/** A task of the Windows task scheduler as XML; runs as this user, while logged on, and takes no password. */
export function formatTask(
  name: string,
  moment: Moment,
  { file, args }: Omit<ScheduledProgram, 'environment'>,
): string {
  for (const word of [file, ...args]) checkWord(word);
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `  <RegistrationInfo><Description>${escapeXml(`Prove disk images: ${name}`)}</Description></RegistrationInfo>`,
    `  <Triggers><CalendarTrigger>${formatTrigger(moment)}</CalendarTrigger></Triggers>`,
    '  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '  </Settings>',
    '  <Actions Context="Author"><Exec>',
    `    <Command>${escapeXml(file)}</Command>`,
    `    <Arguments>${escapeXml(args.map(quoteWindowsArgument).join(' '))}</Arguments>`,
    '  </Exec></Actions>',
    '</Task>',
    '',
  ].join('\r\n');
}

function formatTrigger(moment: Moment): string {
  const hour = twoDigits(moment.every === 'hour' ? 0 : moment.hour);
  // Any day that has passed will do; it only says from when on.
  const start = `<StartBoundary>2024-01-01T${hour}:${twoDigits(moment.minute)}:00</StartBoundary><Enabled>true</Enabled>`;
  const daily = '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>';
  if (moment.every === 'day') return start + daily;
  if (moment.every === 'hour') {
    return `<Repetition><Interval>PT1H</Interval><Duration>P1D</Duration></Repetition>${start}${daily}`;
  }
  if (moment.every === 'month') {
    const all = months.map(month => `<${month}/>`).join('');
    const day = `<DaysOfMonth><Day>${moment.day}</Day></DaysOfMonth>`;
    return `${start}<ScheduleByMonth>${day}<Months>${all}</Months></ScheduleByMonth>`;
  }
  const chosen = moment.days.map(day => `<${days[day]}/>`).join('');
  return `${start}<ScheduleByWeek><DaysOfWeek>${chosen}</DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>`;
}

/** The scheduler puts in what it knows by these names, and has no way to write them otherwise. */
function checkWord(word: string): void {
  if (!/%|\$\(/.test(word) && !/[\u0000-\u001f]/.test(word) && word.isWellFormed()) return;
  throw new Fault('unsupported', `The Windows task scheduler can not pass on "${word.toWellFormed()}" as it is.`, {
    remedy: 'Move vmbridge or its state to a path without "%" and "$(".',
  });
}
