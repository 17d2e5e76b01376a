import { availableParallelism, hostname, totalmem } from 'node:os';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault } from '../../errors/fault.ts';
import type { Progress } from '../../model/call.ts';
import type { CampaignOptions } from './campaign-request.ts';
import type { CampaignRow } from './campaign-row.ts';
import { sweepCutOff } from './cut-off-runs.ts';
import { nameEvidence } from './name-evidence.ts';
import { newRunId } from './new-run-id.ts';
import { type ChosenRun, chooseRun, findRun, openRun } from './open-run.ts';
import { type CampaignReport, countRows } from './report/campaign-report.ts';
import { ReportWriter } from './report/report-writer.ts';
import { toJunit } from './report/to-junit.ts';
import { toSummary } from './report/to-summary.ts';
import type { KeptRun, RunStore } from './run-store.ts';
import { type CampaignProof, toFaultRow } from './to-row.ts';
import { measureMemory } from './work/measure-memory.ts';
import { type Load, planLoad } from './work/plan-load.ts';
import { type CampaignItem, runCampaign } from './work/run-campaign.ts';

type Input = ToolInput<'proof.run'>;
type Output = ToolOutput<'proof.run'>;

/** How one image of a run is proved. */
export interface ProofTask {
  readonly image: string;
  readonly options: CampaignOptions & { readonly memoryBytes: number };
  readonly evidenceFolder: string;
  readonly signal: AbortSignal;
  readonly progress: (update: Progress) => void;
}

export interface CampaignServices {
  /** Holds the folders of runs. */
  readonly runsFolder: string;
  /** Holds the evidence, unless the caller names a place. */
  readonly evidenceRoot: string;
  /** Folders that hold no images of anybody's. */
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: (update: Progress) => void;
  readonly prove: (task: ProofTask) => Promise<CampaignProof>;
}

/** The answer is read by models, too; all rows lie in the folder. */
const mostRows = 100;
const mostSkipped = 20;

/**
 * Proves many images. The run has a folder and goes on where it was cut off: images with a verdict are not proved again, those
 * that ended by a fault of the host or in the middle are. Throws when there is nothing to prove, when another process works on
 * the same run, when its folder can not be written, and when it is cancelled.
 */
export async function proveCampaign(input: Input, services: CampaignServices): Promise<Output> {
  await sweepCutOff(services.runsFolder, services.signal);
  const chosen = await chooseRun(input, services, newRunId);
  const { store } = chosen;
  try {
    return await store.hold(services.signal, () => workOn(chosen, input, services));
  } catch (error) {
    const wasBegun = !(await store.removeUnbegun());
    if (!services.signal.aborted || !wasBegun) throw error;
    throw cancelledFault(services.signal, `The run "${store.id}"`).with({
      remedy: `Go on with it by its id: vmbridge prove --resume ${store.id}; or make the same call again.`,
      data: { id: store.id, folder: store.folder },
    });
  }
}

async function workOn(chosen: ChosenRun, input: Input, services: CampaignServices): Promise<Output> {
  const { store } = chosen;
  const { run, options, isNew } = await openRun(chosen, input, services);
  const rows = await store.rows();
  await store.sweep(rows);
  noteLost(run, rows);
  const reports = new ReportWriter(() => writeReports(store, toReport(run, rows)));
  const items = listOpen(run, rows);
  for (const { number } of items) rows.delete(number);
  await reports.update();
  const load = planLoad(measureHost(), { ...options, parallel: input.parallel });
  const total = run.images.length;
  const done = total - items.length;
  services.progress({
    fraction: done / total,
    message: `run ${run.id}${isNew ? '' : ' goes on'}: ${items.length} of ${total} images to prove, ${load.parallel} at a time`,
  });
  await runCampaign(items, {
    total,
    done,
    load,
    signal: services.signal,
    progress: services.progress,
    measureMemory,
    prove: (item, { memoryBytes, ...context }) =>
      proveItem(store, run, item, { ...services, ...context }, { ...options, memoryBytes }),
    keep: async ({ number }, row) => {
      await store.keep(number, row);
      rows.set(number, row);
      await reports.update();
    },
  });
  return toOutput(store, toReport(run, rows));
}

/** Images that were not there to begin with have a row of their own. */
function noteLost({ images }: KeptRun, rows: Map<number, CampaignRow>): void {
  for (const [index, { path: image, fault }] of images.entries()) {
    if (fault !== undefined) rows.set(index + 1, toFaultRow(image, fault));
  }
}

/** The images that are still to be proved. */
function listOpen({ images }: KeptRun, rows: ReadonlyMap<number, CampaignRow>): CampaignItem[] {
  return images
    .map(({ path: image }, index) => ({ number: index + 1, image }))
    .filter(({ number }, index) => isOpen(rows.get(number), images[index]?.fault !== undefined));
}

export interface PlannedRun {
  readonly store: RunStore;
  readonly isNew: boolean;
  readonly load: Load;
  /** In order. */
  readonly tasks: readonly Pick<ProofTask, 'image' | 'options' | 'evidenceFolder'>[];
}

/** What `proveCampaign` would prove, and how; nothing is written, nor kept from other processes. */
export async function planRun(
  input: Input,
  services: Pick<CampaignServices, 'runsFolder' | 'evidenceRoot' | 'exclude' | 'signal' | 'progress'>,
): Promise<PlannedRun> {
  const chosen = await chooseRun(input, services, () => '<new run>');
  const { store } = chosen;
  await store.requireFree();
  const { run, options, isNew } = await findRun(chosen, input, services);
  const rows = isNew ? new Map<number, CampaignRow>() : await store.rows();
  noteLost(run, rows);
  const load = planLoad(measureHost(), { ...options, parallel: input.parallel });
  const root = run.request.evidenceFolder ?? services.evidenceRoot;
  const tasks = listOpen(run, rows).map(async ({ number, image }) => ({
    image,
    options: { ...options, memoryBytes: load.memoryBytes },
    evidenceFolder: await nameEvidence(root, run.id, number, image),
  }));
  return { store, isNew, load, tasks: await Promise.all(tasks) };
}

/** A verdict stays; what ended by a fault, or one of the host, is tried again, unless there was nothing to prove at all. */
function isOpen(row: CampaignRow | undefined, isLost: boolean): boolean {
  return row === undefined || ((row.state === undefined || row.blame === 'host') && !isLost);
}

function measureHost() {
  return { cores: availableParallelism(), freeBytes: measureMemory(), totalBytes: totalmem() };
}

async function proveItem(
  store: RunStore,
  run: KeptRun,
  { number, image }: CampaignItem,
  services: CampaignServices,
  options: ProofTask['options'],
): Promise<CampaignProof> {
  const { signal, progress } = services;
  const root = run.request.evidenceFolder ?? services.evidenceRoot;
  const evidenceFolder = await nameEvidence(root, run.id, number, image);
  await store.noteStart(number, evidenceFolder);
  try {
    return await services.prove({ image, options, evidenceFolder, signal, progress });
  } catch (error) {
    await store.noteEnd(number, evidenceFolder);
    throw error;
  }
}

function toReport({ id, startedAt, images, skipped }: KeptRun, rows: ReadonlyMap<number, CampaignRow>): CampaignReport {
  const listed = images.map(({ path: image }, index) => ({ image, row: rows.get(index + 1) }));
  return { id, host: hostname() || 'localhost', startedAt, rows: listed, skipped };
}

async function writeReports(store: RunStore, report: CampaignReport): Promise<void> {
  await store.writeReport('junit.xml', toJunit(report));
  await store.writeReport('summary.md', toSummary(report));
}

function toOutput({ id, folder }: RunStore, report: CampaignReport): Output {
  const { total, passed, failed, errors } = countRows(report);
  const rows = report.rows.flatMap(({ row }) => row ?? []);
  const images = [...rows.filter(row => !row.passed), ...rows.filter(row => row.passed)].slice(0, mostRows);
  return {
    id,
    folder,
    total,
    passed,
    failed,
    errors,
    images,
    skipped: report.skipped.slice(0, mostSkipped).map(({ path: file, reason }) => ({ path: file, reason })),
    totalSkipped: report.skipped.length,
    junit: path.join(folder, 'junit.xml'),
    summary: path.join(folder, 'summary.md'),
  };
}
