import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { formatTask } from './format-task.ts';
import { formatUnits, type ScheduledProgram, unitMark } from './format-units.ts';
import type { Moment } from './parse-moment.ts';
import type { PlannedFile, SchedulePlan } from './schedule-plan.ts';

/** Where the files of a schedule lie. */
export interface SchedulePlaces {
  readonly platform: NodeJS.Platform;
  /** vmbridge's own folder of schedules. */
  readonly folder: string;
  /** The user's folder of units. */
  readonly unitFolder: string;
}

export interface RemovalPlan {
  /** Run first; the files are removed after it. */
  readonly before: SchedulePlan['commands'];
  readonly files: readonly Omit<PlannedFile, 'content'>[];
  readonly after: SchedulePlan['commands'];
}

/** The files and commands that make a program start regularly. */
export function planSchedule(
  name: string,
  moment: Moment,
  program: ScheduledProgram,
  { platform, folder, unitFolder }: SchedulePlaces,
  isThere: boolean,
): SchedulePlan {
  if (platform === 'win32') {
    const file = path.win32.join(folder, `${name}.xml`);
    const environment = formatEnvironment(path.win32.join(folder, `${name}.env`), program.environment);
    const args = [...environment.map(each => `--env-file=${each.path}`), ...program.args];
    return {
      files: [
        ...environment,
        { path: file, content: formatTask(name, moment, { ...program, args }), encoding: 'utf16le' },
      ],
      // Only what is known to be ours is replaced.
      commands: [['schtasks.exe', '/Create', '/TN', taskName(name), '/XML', file, ...(isThere ? ['/F'] : [])]],
    };
  }
  checkSystemd(platform);
  const { service, timer } = formatUnits(name, moment, program);
  const unit = (kind: 'service' | 'timer') => path.posix.join(unitFolder, `${unitName(name)}.${kind}`);
  return {
    files: [
      { path: unit('service'), content: service, mark: unitMark },
      { path: unit('timer'), content: timer, mark: unitMark },
    ],
    commands: [
      ['systemctl', '--user', 'daemon-reload'],
      // A timer that is there takes over its new time by this, too.
      ['systemctl', '--user', 'enable', `${unitName(name)}.timer`],
      ['systemctl', '--user', 'restart', `${unitName(name)}.timer`],
    ],
  };
}

/** What undoes it. */
export function planRemoval(name: string, { platform, folder, unitFolder }: SchedulePlaces): RemovalPlan {
  if (platform === 'win32') {
    return {
      before: [['schtasks.exe', '/Delete', '/TN', taskName(name), '/F']],
      files: ['xml', 'env'].map(suffix => ({ path: path.win32.join(folder, `${name}.${suffix}`) })),
      after: [],
    };
  }
  checkSystemd(platform);
  return {
    before: [['systemctl', '--user', 'disable', '--now', `${unitName(name)}.timer`]],
    files: ['timer', 'service'].map(kind => ({
      path: path.posix.join(unitFolder, `${unitName(name)}.${kind}`),
      mark: unitMark,
    })),
    after: [['systemctl', '--user', 'daemon-reload']],
  };
}

function unitName(name: string): string {
  return `vmbridge-prove-${name}`;
}

function taskName(name: string): string {
  return `\\vmbridge\\prove-${name}`;
}

/** A task has no variables of its own, so Node.js reads them from a file. */
function formatEnvironment(file: string, environment: Readonly<Record<string, string>>): PlannedFile[] {
  const lines = Object.entries(environment).map(([key, value]) => {
    const quote = ["'", '`'].find(each => !value.includes(each));
    if (quote === undefined || /[\r\n]/.test(value)) {
      throw new Fault('unsupported', `The value of ${key} can not be kept for a task: ${JSON.stringify(value)}`, {
        remedy: 'Move that folder to a path without quotes.',
      });
    }
    return `${key}=${quote}${value}${quote}\n`;
  });
  return lines.length === 0 ? [] : [{ path: file, content: lines.join('') }];
}

function checkSystemd(platform: NodeJS.Platform): void {
  if (platform === 'linux') return;
  throw new Fault(
    'unsupported',
    'Schedules are made by systemd or by the Windows task scheduler, and here is neither.',
    {
      remedy: 'Let cron or launchd start: vmbridge prove --request FILE',
    },
  );
}
