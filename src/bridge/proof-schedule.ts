import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../catalog/types.ts';
import { Fault } from '../errors/fault.ts';
import { withFileLock } from '../host/file-lock.ts';
import { findProgram } from '../host/find-program.ts';
import { applyPlan, lookBefore, runCommand } from '../host/schedule/apply-plan.ts';
import { type Moment, parseMoment } from '../host/schedule/parse-moment.ts';
import { planRemoval, planSchedule, type RemovalPlan, type SchedulePlaces } from '../host/schedule/plan-schedule.ts';
import type { SchedulePlan } from '../host/schedule/schedule-plan.ts';
import { getSystemProgram } from '../host/windows/system-program.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import { resolveEntry } from '../proof/campaign/find/resolve-entry.ts';
import type { BridgeServices } from './bridge-services.ts';

type Input = ToolInput<'proof.schedule'>;
type Output = ToolOutput<'proof.schedule'>;

interface ScheduleRecord {
  readonly version: 1;
  readonly name: string;
  readonly at: string;
  readonly images: readonly string[];
  readonly files: readonly string[];
  /** The programs that it starts; those of earlier versions have none. */
  readonly programs?: readonly string[] | undefined;
}

/** Makes, shows and removes schedules of proofs. Nothing is changed without `apply`. */
export async function scheduleProofs(
  { paths }: BridgeServices,
  input: Input,
  { signal }: CallContext,
): Promise<Output> {
  const places = findPlaces(paths);
  const { folder } = places;
  if (input.action === 'list') return listSchedules(folder);
  const name = needField(input.name, 'name');
  const work = () =>
    input.action === 'remove' ? remove(name, input.apply, places, signal) : create(name, input, places, signal);
  return input.apply ? withFileLock(path.join(folder, `${name}.lock`), { signal }, work) : work();
}

const nothing: Output = { applied: false, files: [], commands: [], schedules: [], hints: [] };

/** What a call with `apply` would do; without it nothing is done. */
export async function planScheduleProofs({ paths }: BridgeServices, input: Input): Promise<PlanStep[]> {
  const places = findPlaces(paths);
  if (input.action === 'list' || !input.apply) return [];
  const name = needField(input.name, 'name');
  if (input.action === 'remove') {
    const { plan, files } = await prepareRemoval(name, places);
    return [
      ...(await planCommands(plan.before)),
      ...files.map((file): PlanStep => ({ summary: 'Remove a file.', file: { action: 'delete', path: file } })),
      ...(await planCommands(plan.after)),
    ];
  }
  const plan = prepareCreation(name, input, places);
  const before = await lookBefore(plan, findCommand);
  const files = plan.files.map((file): PlanStep => {
    const action = before.get(file) === undefined ? 'create' : 'write';
    return { summary: 'Write a file.', file: { action, path: file.path } };
  });
  return [...files, ...(await planCommands(plan.commands))];
}

async function planCommands(commands: SchedulePlan['commands']): Promise<PlanStep[]> {
  return Promise.all(
    commands.map(async ([program, ...args]) => ({
      summary: `Run ${program}.`,
      command: [await findCommand(program), ...args],
    })),
  );
}

function findPlaces(paths: BridgeServices['paths']): SchedulePlaces {
  return { platform: process.platform, folder: path.join(paths.state, 'schedules'), unitFolder: findUnitFolder() };
}

async function create(name: string, input: Input, places: SchedulePlaces, signal: AbortSignal): Promise<Output> {
  const whole = prepareCreation(name, input, places);
  if (input.apply) await applyPlan(whole, findCommand, signal);
  return {
    ...nothing,
    applied: input.apply,
    files: whole.files.map(({ path: file, content }) => ({ path: file, content })),
    commands: whole.commands.map(command => [...command]),
    hints: await listHints(places.platform),
  };
}

function prepareCreation(name: string, input: Input, places: SchedulePlaces): SchedulePlan {
  const at = needField(input.at, 'at');
  const images = needField(input.images, 'images').map(resolveEntry);
  const moment = parseMoment(at);
  const request = path.join(places.folder, `${name}.request.json`);
  const isThere = existsSync(path.join(places.folder, `${name}.json`));
  const plan = planProofs(name, moment, { request, images, options: checkOptions(input) }, places, isThere);
  const record: ScheduleRecord = {
    version: 1,
    name,
    at,
    images,
    files: plan.files.map(file => file.path),
    programs: findPrograms(),
  };
  return {
    ...plan,
    files: [...plan.files, { path: path.join(places.folder, `${name}.json`), content: toJson(record) }],
  };
}

interface ScheduledProofs {
  readonly request: string;
  readonly images: readonly string[];
  readonly options: Input['options'];
}

/** The request lies in a file, so that no name of an image is ever read by a scheduler. */
function planProofs(
  name: string,
  moment: Moment,
  { request, images, options }: ScheduledProofs,
  places: SchedulePlaces,
  isThere: boolean,
): SchedulePlan {
  const program = {
    file: process.execPath,
    args: [...findPrograms().slice(1), 'prove', '--request', request],
    environment: pickEnvironment(places.platform),
  };
  const plan = planSchedule(name, moment, program, places, isThere);
  return { ...plan, files: [{ path: request, content: toJson({ images, options }) }, ...plan.files] };
}

async function remove(name: string, apply: boolean, places: SchedulePlaces, signal: AbortSignal): Promise<Output> {
  const { plan, files, hints } = await prepareRemoval(name, places);
  if (apply) {
    for (const command of plan.before) await runCommand(command, findCommand, signal);
    // The record goes last: as long as it is there, the removal can be done again.
    for (const file of files) await rm(file, { force: true });
    for (const command of plan.after) await runCommand(command, findCommand, signal);
  }
  return {
    ...nothing,
    applied: apply,
    files: files.map(file => ({ path: file, content: '' })),
    commands: [...plan.before, ...plan.after].map(command => [...command]),
    hints,
  };
}

/** What undoes a schedule: the files that are there and ours, and what is run before and after. */
async function prepareRemoval(
  name: string,
  places: SchedulePlaces,
): Promise<{ plan: RemovalPlan; files: string[]; hints: string[] }> {
  const record = path.join(places.folder, `${name}.json`);
  if (!existsSync(record)) {
    throw new Fault('not_found', `There is no schedule "${name}".`, {
      remedy: 'See those there are: vmbridge schedule',
      data: { field: 'name' },
    });
  }
  const plan = planRemoval(name, places);
  const own = [path.join(places.folder, `${name}.request.json`), record].map(file => ({ path: file, mark: undefined }));
  const files: string[] = [];
  const hints: string[] = [];
  for (const { path: file, mark } of [...plan.files, ...own]) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    if (mark === undefined || text.startsWith(mark)) files.push(file);
    else hints.push(`"${file}" is left alone: it is no longer what vmbridge wrote.`);
  }
  return { plan, files, hints };
}

/** Node.js, and what it runs. */
function findPrograms(): string[] {
  return [process.execPath, path.resolve(process.argv[1] ?? '')];
}

async function listSchedules(folder: string): Promise<Output> {
  const records = await listRecords(folder);
  return {
    ...nothing,
    schedules: records.map(({ name, at, images, files }) => ({ name, at, images: [...images], files: [...files] })),
    hints: records.flatMap(describeGaps),
  };
}

/** A scheduler starts nothing any more when Node.js or vmbridge has moved, and nobody is told. */
function describeGaps({ name, files, programs = [] }: ScheduleRecord): string[] {
  const gone = [...programs, ...files].filter(file => !existsSync(file));
  const again = 'make the schedule again under this name';
  return gone.map(file => `"${name}" does not work any more, as "${file}" is gone: ${again}.`);
}

async function listRecords(folder: string): Promise<ScheduleRecord[]> {
  const names = (await readdir(folder).catch(() => [])).filter(name => /^[a-z0-9-]+\.json$/.test(name)).sort();
  const texts = await Promise.all(names.map(name => readFile(path.join(folder, name), 'utf8').catch(() => '')));
  return texts.flatMap(text => parseRecord(text) ?? []);
}

function parseRecord(text: string): ScheduleRecord | undefined {
  try {
    const record = JSON.parse(text) as ScheduleRecord | null;
    const lists = [record?.images, record?.files];
    return record?.version === 1 && lists.every(Array.isArray) ? record : undefined;
  } catch {
    return undefined;
  }
}

function needField<Value>(value: Value | undefined, field: string): Value {
  if (value !== undefined) return value;
  throw new Fault('invalid', `The field "${field}" is missing.`, {
    remedy: 'A schedule needs name, at and images; to remove one, the name is enough.',
    data: { field },
  });
}

/** A password would lie in a file for as long as the schedule is there. */
function checkOptions({ options }: Input): Input['options'] {
  if (options.checks?.password === undefined) return options;
  throw new Fault('invalid', 'A schedule keeps no password.', {
    remedy: 'Check by the guest agent instead, or from outside: ports, files, volumes.',
    data: { field: 'options.checks.password' },
  });
}

/** What moves vmbridge's own folders, and where QEMU is found; systemd starts it without the variables of this session. */
function pickEnvironment(platform: NodeJS.Platform): Record<string, string> {
  const names = [
    ...(platform === 'linux' ? ['PATH'] : []),
    'VMBRIDGE_HOME',
    'XDG_CONFIG_HOME',
    'XDG_STATE_HOME',
    'XDG_DATA_HOME',
    'XDG_CACHE_HOME',
  ];
  return Object.fromEntries(
    names.flatMap(name => {
      const value = process.env[name];
      return value === undefined || value === ''
        ? []
        : [[name, name === 'VMBRIDGE_HOME' ? path.resolve(value) : value]];
    }),
  );
}

function findUnitFolder(): string {
  const configured = process.env.XDG_CONFIG_HOME;
  const base = configured?.startsWith('/') ? configured : path.join(homedir(), '.config');
  return path.join(base, 'systemd', 'user');
}

async function findCommand(name: string): Promise<string> {
  const file = process.platform === 'win32' ? getSystemProgram(name) : await findProgram(name);
  if (file !== undefined) return file;
  throw new Fault('unsupported', `The program ${name} was not found, so nothing can be scheduled here.`, {
    remedy: 'Let cron start: vmbridge prove --request FILE',
  });
}

/** What else it takes until proofs are made at night. */
async function listHints(platform: NodeJS.Platform): Promise<string[]> {
  if (platform === 'win32') return ['The task runs while this user is logged on.'];
  const lingers = existsSync(path.join('/var/lib/systemd/linger', userInfo().username));
  return lingers
    ? []
    : ['User units run while this user is logged on; to have them run always: loginctl enable-linger'];
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
