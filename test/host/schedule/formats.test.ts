import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTask } from '../../../src/host/schedule/format-task.ts';
import { formatUnits } from '../../../src/host/schedule/format-units.ts';
import { type Moment, parseMoment } from '../../../src/host/schedule/parse-moment.ts';
import { planRemoval, planSchedule } from '../../../src/host/schedule/plan-schedule.ts';
import { parseStrictXml, type XmlElement } from '../../proof/campaign/support/strict-xml.ts';
import { readUnitCommand, readUnitKey, readUnitWords } from './support/unit-words.ts';
import { readWindowsWords } from './support/windows-words.ts';

/** Written so that nobody takes it for a placeholder of this file. */
const variable = ['$', '{HOME}'].join('');
const daily: Moment = { every: 'day', hour: 2, minute: 0 };
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...'%$"\'\\ \n\t;{}#=a\u0001\u007f')).map(characters => characters.join('')),
  fc.constantFrom('%h', '$HOME', variable, '$$', '%%', ';', '', '-x', 'a\\', '\\"', '#', 'ends with \\\n'),
);
const argument = nasty.filter(text => text.isWellFormed() && !text.includes('\0'));

describe('a moment', () => {
  it.each<[string, Moment]>([
    ['hourly 15', { every: 'hour', minute: 15 }],
    ['hourly :05', { every: 'hour', minute: 5 }],
    ['daily 02:00', { every: 'day', hour: 2, minute: 0 }],
    ['Daily  23:59 ', { every: 'day', hour: 23, minute: 59 }],
    ['weekly SUN 2:30', { every: 'week', days: ['sun'], hour: 2, minute: 30 }],
    ['weekly fri,mon 2:30', { every: 'week', days: ['mon', 'fri'], hour: 2, minute: 30 }],
    ['weekly mon-wed,sun 0:00', { every: 'week', days: ['mon', 'tue', 'wed', 'sun'], hour: 0, minute: 0 }],
    ['weekly sat-mon 1:00', { every: 'week', days: ['mon', 'sat', 'sun'], hour: 1, minute: 0 }],
    ['monthly 15 3:07', { every: 'month', day: 15, hour: 3, minute: 7 }],
    ['02:00', { every: 'day', hour: 2, minute: 0 }],
    ['hourly', { every: 'hour', minute: 0 }],
    ['daily', { every: 'day', hour: 0, minute: 0 }],
    ['weekly', { every: 'week', days: ['mon'], hour: 0, minute: 0 }],
    ['weekly 04:00', { every: 'week', days: ['mon'], hour: 4, minute: 0 }],
    ['monthly', { every: 'month', day: 1, hour: 0, minute: 0 }],
  ])('%j is understood', (text, moment) => {
    expect(parseMoment(text)).toEqual(moment);
  });

  it.each([
    '',
    '2',
    'daily 02:00 03:00',
    'monthly 29 02:00',
    'monthly 0 02:00',
    'weekly mon- 02:00',
    'weekly mon-tue-wed 02:00',
    'weekly , 02:00',
    'hourly 5 6',
    'daily 24:00',
    'daily 2',
    'daily 02:60',
    'hourly 60',
    'yearly 02:00',
    'weekly xyz 02:00',
  ])('%j is refused', text => {
    expect(() => parseMoment(text)).toThrow(expect.objectContaining({ code: 'invalid', data: { field: 'at' } }));
  });

  it('is refused when anything follows that a unit might read', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), more => {
        fc.pre(more.trim() !== '');
        expect(() => parseMoment(`daily 02:00 ${more}`)).toThrow();
        expect(() => parseMoment(`daily 02:00\n${more}`)).toThrow();
      }),
    );
  });
});

describe('a unit of systemd', () => {
  it('starts the program with the very arguments', () => {
    fc.assert(
      fc.property(fc.array(argument), args => {
        const { service } = formatUnits('nightly', daily, { file: '/opt/50% off/node $1', args, environment: {} });
        const [line = '', ...others] = readUnitKey(service, 'ExecStart');
        expect(others).toEqual([]);
        // A dollar sign in the program itself means nothing.
        expect(readUnitWords(line)[0]).toBe('/opt/50% off/node $1');
        expect(readUnitCommand(line).slice(1)).toEqual(args);
        expect(readUnitKey(service, 'Type')).toEqual(['oneshot']);
      }),
      { numRuns: 1000 },
    );
  });

  it('passes on variables as they are', () => {
    fc.assert(
      fc.property(argument, value => {
        fc.pre(!/[\u0000-\u001f\u007f]/.test(value));
        const { service } = formatUnits('x', daily, { file: '/n', args: [], environment: { VMBRIDGE_HOME: value } });
        const [line = ''] = readUnitKey(service, 'Environment');
        expect(readUnitWords(line)).toEqual([`VMBRIDGE_HOME=${value}`]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['hourly 5', '*-*-* *:05:00'],
    ['daily 02:00', '*-*-* 02:00:00'],
    ['weekly sun 2:30', 'Sun *-*-* 02:30:00'],
    ['weekly mon-wed 2:30', 'Mon,Tue,Wed *-*-* 02:30:00'],
    ['monthly 7 2:30', '*-*-07 02:30:00'],
  ])('is started at %s', (text, calendar) => {
    const { timer } = formatUnits('x', parseMoment(text), { file: '/n', args: [], environment: {} });
    expect(readUnitKey(timer, 'OnCalendar')).toEqual([calendar]);
  });

  it.each([['node'], ['/a"b'], ["/a'b"], ['/a\\b'], ['/a\nb'], [`/${variable}/node`]])(
    'is refused for a program that systemd would not take: %j',
    file => {
      expect(() => formatUnits('x', daily, { file, args: [], environment: {} })).toThrow(
        expect.objectContaining({ code: 'unsupported' }),
      );
    },
  );

  it('is refused where systemd would leave a variable out, or what is no text', () => {
    const program = { file: '/n', args: [], environment: {} };
    expect(() => formatUnits('x', daily, { ...program, environment: { A: 'a\nb' } })).toThrow(/can not pass on/);
    expect(() => formatUnits('x', daily, { ...program, args: ['\ud800'] })).toThrow(/can not be written/);
  });

  const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!hasAnalyze)('is what systemd itself takes for right', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-units-'));
    const args = [`%h $HOME ${variable}`, 'a "b" \'c\' \\', 'line\nfeed', ';', '日本語', '--request', '/x y/%i.json'];
    const program = { file: process.execPath, args, environment: { VMBRIDGE_HOME: '/a b/%h "$x"' } };
    const files = ['hourly 5', 'daily 02:00', 'weekly mon-fri 2:30', 'monthly 28 2:30'].flatMap((text, index) => {
      const { service, timer } = formatUnits(`n${index}`, parseMoment(text), program);
      return [
        [path.join(folder, `n${index}.service`), service],
        [path.join(folder, `n${index}.timer`), timer],
      ] as const;
    });
    for (const [file, text] of files) writeFileSync(file, text);
    const names = files.map(([file]) => file);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...names], { encoding: 'utf8' });
    expect({ status, complaints: stderr.split('\n').filter(line => line.includes(folder)) }).toEqual({
      status: 0,
      complaints: [],
    });
    expect(execFileSync('systemd-analyze', ['calendar', 'Sun *-*-* 02:30:00'], { encoding: 'utf8' })).toContain('Sun');
    rmSync(folder, { recursive: true });
  });
});

function find(element: XmlElement, ...names: string[]): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>((at, name) => at?.children.find(child => child.name === name), element);
}

describe('a task of Windows', () => {
  it('starts the program with the very arguments', () => {
    const allowed = argument.filter(
      text => !/%|\$\(|[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/.test(text),
    );
    fc.assert(
      fc.property(fc.array(allowed), args => {
        const xml = formatTask('nightly', daily, { file: 'C:\\Program Files\\a & b\\node.exe', args });
        const exec = find(parseStrictXml(xml), 'Actions', 'Exec');
        expect(exec && find(exec, 'Command')?.text).toBe('C:\\Program Files\\a & b\\node.exe');
        expect(readWindowsWords((exec && find(exec, 'Arguments')?.text) ?? '')).toEqual(args);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['C:\\%TEMP%\\x', '$(Arg0)', 'a\nb', '\udc00'])('is refused where the scheduler would change %j', word => {
    expect(() => formatTask('x', daily, { file: 'C:\\node.exe', args: [word] })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('is started at the moment', () => {
    const trigger = (text: string) =>
      find(
        parseStrictXml(formatTask('x', parseMoment(text), { file: 'C:\\n.exe', args: [] })),
        'Triggers',
        'CalendarTrigger',
      );
    const names = (text: string) => trigger(text)?.children.map(child => child.name);
    // In this order: the schema asks for it.
    expect(names('hourly 5')).toEqual(['Repetition', 'StartBoundary', 'Enabled', 'ScheduleByDay']);
    expect(names('daily 02:00')).toEqual(['StartBoundary', 'Enabled', 'ScheduleByDay']);
    expect(trigger('daily 02:00')?.children[0]?.text).toBe('2024-01-01T02:00:00');
    const month = trigger('monthly 7 2:30')?.children.find(child => child.name === 'ScheduleByMonth');
    expect(month?.children.map(child => child.children.length)).toEqual([1, 12]);
    expect(month?.children[0]?.children[0]?.text).toBe('7');
    const days = trigger('weekly mon,sun 2:30')?.children.find(child => child.name === 'ScheduleByWeek')?.children[0];
    expect(days?.children.map(({ name }) => name)).toEqual(['Monday', 'Sunday']);
    const week = trigger('weekly sun 2:30')?.children.find(child => child.name === 'ScheduleByWeek');
    expect(week?.children.map(child => child.children[0]?.name ?? child.text)).toEqual(['Sunday', '1']);
  });

  it('gets the variables from a file, and replaces only a task of its own', () => {
    const places = { platform: 'win32' as const, folder: 'C:\\state\\schedules', unitFolder: '' };
    const program = { file: 'C:\\node.exe', args: ['v.js'], environment: { VMBRIDGE_HOME: 'C:\\my `home`' } };
    const plan = planSchedule('nightly', daily, program, places, false);
    expect(plan.files.map(({ path: file }) => file)).toEqual([
      'C:\\state\\schedules\\nightly.env',
      'C:\\state\\schedules\\nightly.xml',
    ]);
    expect(plan.files[0]?.content).toBe("VMBRIDGE_HOME='C:\\my `home`'\n");
    const exec = find(parseStrictXml(plan.files[1]?.content ?? ''), 'Actions', 'Exec', 'Arguments');
    expect(readWindowsWords(exec?.text ?? '')).toEqual(['--env-file=C:\\state\\schedules\\nightly.env', 'v.js']);
    const create = [
      'schtasks.exe',
      '/Create',
      '/TN',
      '\\vmbridge\\prove-nightly',
      '/XML',
      'C:\\state\\schedules\\nightly.xml',
    ];
    expect(plan.commands).toEqual([create]);
    expect(planSchedule('nightly', daily, program, places, true).commands).toEqual([[...create, '/F']]);
    expect(planRemoval('nightly', places).before).toEqual([
      ['schtasks.exe', '/Delete', '/TN', '\\vmbridge\\prove-nightly', '/F'],
    ]);
  });

  it('keeps values that Node.js reads back as they are', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vmb-env-'));
    for (const value of ['C:\\new\\table', "it's", 'a `b`', 'a "b" # c', '  spaces ', 'ümläut']) {
      const places = { platform: 'win32' as const, folder, unitFolder: '' };
      const program = { file: 'n.exe', args: [], environment: { VMBRIDGE_HOME: value } };
      const content = planSchedule('n', daily, program, { ...places, folder: 'C:\\s' }, false).files[0]?.content ?? '';
      const file = path.join(folder, 'n.env');
      writeFileSync(file, content);
      const { VMBRIDGE_HOME: _, ...environment } = process.env;
      const read = ['--eval', 'process.stdout.write(process.env.VMBRIDGE_HOME)'];
      expect(
        execFileSync(process.execPath, [`--env-file=${file}`, ...read], { env: environment, encoding: 'utf8' }),
      ).toBe(value);
    }
    rmSync(folder, { recursive: true });
  });
});

it('A schedule is refused where there is no scheduler that is known', () => {
  const places = { platform: 'darwin' as const, folder: '/s', unitFolder: '/u' };
  const program = { file: '/n', args: [], environment: {} };
  expect(() => planSchedule('x', daily, program, places, false)).toThrow(/systemd/);
});
