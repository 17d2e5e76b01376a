import { open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { type Approval, approvalId } from '../../model/approval.ts';
import { randomId } from '../random-id.ts';
import { type ApprovalKeyPlaces, findApprovalKey } from './approval-key.ts';
import { type ApprovalRecord, type Binding, fingerprint, openRecord, sealRecord } from './approval-record.ts';

/** More questions than these nobody answers: the oldest is dropped. */
const mostRecords = 100;
/** A mark of use outlasts every copy of the record that could be put back. */
const markMilliseconds = 2 * 86_400_000;

export type ApprovalRequest = Pick<Approval, 'tool' | 'effect' | 'target' | 'input' | 'steps' | 'client'>;

export interface ApprovalStoreSettings extends ApprovalKeyPlaces {
  readonly minutes: number;
  /** Told once of each record that nobody here wrote. */
  readonly reportForged?: ((id: string) => void) | undefined;
}

/**
 * Approvals on disk, one sealed file each, shared by all processes of the user. An approval is used by making a mark beside
 * it, which only one can make, before the work begins: whoever dies in between leaves an approval that was used.
 */
export class ApprovalStore {
  readonly #settings: ApprovalStoreSettings;
  readonly #reported = new Set<string>();
  #key: Promise<Buffer> | undefined;

  constructor(settings: ApprovalStoreSettings) {
    this.#settings = settings;
  }

  get milliseconds(): number {
    return this.#settings.minutes * 60_000;
  }

  /** What binds an approval to one call. */
  async bind(tool: string, input: unknown, plan: unknown, observed: Binding['observed']): Promise<Binding> {
    const key = await this.#findKey();
    return { call: fingerprint({ tool, input }, key), plan: fingerprint(plan, key), observed };
  }

  /** Keeps a question for a person. */
  async ask(request: ApprovalRequest, binding: Binding): Promise<ApprovalRecord> {
    const now = Date.now();
    const record: ApprovalRecord = {
      ...request,
      version: 1,
      id: randomId('ap'),
      state: 'pending',
      askedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + this.milliseconds).toISOString(),
      binding,
    };
    await this.#sweep();
    await this.#write(record);
    return record;
  }

  /** The newest one about the same call that has neither expired nor been used. */
  async find(call: string): Promise<ApprovalRecord | undefined> {
    return (await this.list()).records.find(record => record.binding.call === call);
  }

  /** Those that have neither expired nor been used, newest first, and the ids of those that nobody here wrote. */
  async list(): Promise<{ records: ApprovalRecord[]; forged: string[] }> {
    const names = await readdir(this.#settings.folder).catch((): string[] => []);
    const ids = names.filter(isRecordName).map(name => name.slice(0, -'.json'.length));
    const free = ids.filter(id => !names.includes(`${id}.used`));
    const found = await Promise.all(free.map(async id => ({ id, record: await this.#read(id) })));
    const records = found.flatMap(({ record }) => (record === undefined || isOver(record) ? [] : [record]));
    const forged = found.filter(({ record }) => record === undefined).map(({ id }) => id);
    for (const id of forged) this.#report(id);
    return { records: records.sort((a, b) => (a.askedAt < b.askedAt ? 1 : -1)), forged };
  }

  /** A person's decision. Approved, it can be used for as long as a question may wait. Faults: `not_found`, `denied`. */
  async decide(id: string, state: 'approved' | 'denied', decidedBy: string): Promise<ApprovalRecord> {
    const { records, forged } = await this.list();
    if (forged.includes(id)) throw forgedFault(id);
    const record = records.find(each => each.id === id);
    if (record === undefined) throw unknownFault(id);
    const expiresAt = new Date(Date.now() + this.milliseconds).toISOString();
    const decided: ApprovalRecord = { ...record, state, decidedBy, expiresAt };
    await this.#write(decided);
    return decided;
  }

  /** Uses an approval up; false when it was used already, or is not what it was. */
  async consume(id: string, binding: Binding): Promise<boolean> {
    if (!(await this.#mark(id))) return false;
    const record = await this.#read(id);
    await this.drop(id);
    if (record?.state !== 'approved' || isOver(record)) return false;
    return record.binding.call === binding.call && record.binding.plan === binding.plan;
  }

  async drop(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  #report(id: string): void {
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.#settings.reportForged?.(id);
  }

  async #mark(id: string): Promise<boolean> {
    try {
      await (await open(path.join(this.#settings.folder, `${id}.used`), 'wx', 0o600)).close();
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }

  async #read(id: string): Promise<ApprovalRecord | undefined> {
    const text = await readFile(this.#file(id), 'utf8').catch(() => '');
    const record = openRecord(text, await this.#findKey());
    return record?.id === id ? record : undefined;
  }

  async #write(record: ApprovalRecord): Promise<void> {
    await writeFileAtomically(this.#file(record.id), sealRecord(record, await this.#findKey()));
  }

  /** Removes what has expired, and the oldest where there are too many. */
  async #sweep(): Promise<void> {
    const { folder } = this.#settings;
    const names = await readdir(folder).catch((): string[] => []);
    const kept: ApprovalRecord[] = [];
    for (const name of names.filter(isRecordName)) {
      const id = name.slice(0, -'.json'.length);
      const record = await this.#read(id);
      if (record === undefined) continue;
      if (isOver(record)) await this.drop(id);
      else kept.push(record);
    }
    kept.sort((a, b) => (a.askedAt < b.askedAt ? 1 : -1));
    for (const { id } of kept.slice(mostRecords - 1)) await this.drop(id);
    await sweepMarks(folder, names);
  }

  #file(id: string): string {
    if (!approvalId.safeParse(id).success) throw new TypeError('This is no id of an approval.');
    return path.join(this.#settings.folder, `${id}.json`);
  }

  #findKey(): Promise<Buffer> {
    // A store that was locked may be open the next time.
    this.#key ??= findApprovalKey(this.#settings).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }
}

async function sweepMarks(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names.filter(each => /^ap-[0-9a-z]{10}\.used$/.test(each))) {
    const file = path.join(folder, name);
    const age = await open(file, 'r')
      .then(async handle => {
        const { mtimeMs } = await handle.stat().finally(() => handle.close());
        return Date.now() - mtimeMs;
      })
      .catch(() => 0);
    if (age > markMilliseconds) await rm(file, { force: true });
  }
}

function isRecordName(name: string): boolean {
  return /^ap-[0-9a-z]{10}\.json$/.test(name);
}

function isOver({ expiresAt }: ApprovalRecord): boolean {
  return Date.parse(expiresAt) <= Date.now();
}

function unknownFault(id: string): Fault {
  return new Fault('not_found', `Nothing waits for an approval as "${id}".`, {
    remedy: 'It was decided and used, or its time is over. See: vmbridge call approval.list',
    data: { field: 'approval' },
  });
}

function forgedFault(id: string): Fault {
  return new Fault('denied', `The record of "${id}" was not written by vmbridge, or was changed since.`, {
    remedy: 'Somebody writes into the folder of approvals: find out who. The record counts for nothing.',
    data: { field: 'approval' },
  });
}
