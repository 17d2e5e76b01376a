import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { identifySelf } from '../../host/identify-self.ts';
import { isProcessAlive } from '../../host/process-identity.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { type OperationReport, operationId, operationReport } from '../../model/operation.ts';

/** How many ended operations are remembered. */
const keptRecords = 200;

/** `processStart` tells the process from a later one with the same number. */
const operationRecord = operationReport.extend({ processStart: z.string().optional() });
type OperationRecord = z.infer<typeof operationRecord>;

/** Operations on disk, one file each, so that every process of the user can list them and read their results. */
export class OperationRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Replaces the record in one step: a reader sees the old or the new one, whole. */
  async write(report: OperationReport): Promise<void> {
    const { start } = report.state === 'running' ? await identifySelf() : {};
    const record: OperationRecord = { ...report, ...(start === undefined ? {} : { processStart: start }) };
    await writeFileAtomically(this.#file(report.id), JSON.stringify(record));
  }

  async read(id: string): Promise<OperationReport | undefined> {
    if (!operationId.safeParse(id).success) return undefined;
    try {
      const { data } = operationRecord.safeParse(JSON.parse(await readFile(this.#file(id), 'utf8')));
      return data === undefined ? undefined : await settle(data);
    } catch {
      return undefined;
    }
  }

  /** Newest first. */
  async list(): Promise<OperationReport[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const ids = names.filter(name => name.endsWith('.json')).map(name => name.slice(0, -'.json'.length));
    const reports = await Promise.all(ids.map(id => this.read(id)));
    return reports.filter(report => report !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  /** Forgets the oldest ended ones beyond the limit. */
  async prune(): Promise<void> {
    const ended = (await this.list()).filter(report => report.state !== 'running');
    await Promise.all(ended.slice(keptRecords).map(report => rm(this.#file(report.id), { force: true })));
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }
}

/** A record that says "running" of a process that is gone tells of an operation that died with it. */
async function settle({ processStart, ...report }: OperationRecord): Promise<OperationReport> {
  if (report.state !== 'running' || (await isProcessAlive({ pid: report.processId, start: processStart }))) {
    return report;
  }
  const message = 'The process that ran it ended before the operation did.';
  return { ...report, state: 'failed', message, fault: { code: 'failed', message } };
}
