import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { findPaths } from '../../../host/paths.ts';
import { findLastCutOff } from '../../../proof/campaign/cut-off-runs.ts';
import { newRunId } from '../../../proof/campaign/new-run-id.ts';
import { runsFolder } from '../../../proof/campaign/runs-folder.ts';
import { faultText } from '../output/fault-text.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { ProveOptions, RunOptions } from './prove.ts';
import { ReportCopy } from './report-copy.ts';

type Input = { -readonly [Field in keyof ToolInput<'proof.run'>]?: ToolInput<'proof.run'>[Field] | undefined };
type Output = ToolOutput<'proof.run'>;

/** Proves many images as one run, and tells what came of each. */
export async function proveMany(
  session: Session,
  images: readonly string[],
  { evidence, ...options }: ProveOptions,
  run: RunOptions,
): Promise<number> {
  const { parallel, junit, request, recurse } = run;
  const asked: Input = request === undefined ? {} : await readRequest(request);
  const input: Input = {
    ...asked,
    id: await chooseId(run, images.length > 0 || asked.images !== undefined, asked.id),
    ...(images.length === 0 ? {} : { images: [...images] }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(recurse === false ? { flat: true } : {}),
    ...(evidence === undefined ? {} : { evidenceFolder: path.resolve(evidence) }),
    // Checked by the tool, which fills in the defaults as well.
    options: { ...asked.options, ...withoutUndefined(options) } as ToolInput<'proof.run'>['options'],
  };
  // Before hours of work: the report has a place to go to.
  const copy = junit === undefined ? undefined : await ReportCopy.prepare(junit);
  const output = await callRun(session, input, copy);
  if (session.flags.json) session.printJson(output);
  else await printOutcome(session, output);
  await copy?.take(output.folder);
  return session.interruption.exitStatus ?? (output.passed === output.total ? 0 : 1);
}

/** The run to go on with, or a name for a new one; nothing where the tool shall choose between the two. */
async function chooseId(
  { resume, anew, request }: RunOptions,
  hasImages: boolean,
  asked: string | undefined,
): Promise<string | undefined> {
  if (typeof resume === 'string') return resume;
  if (resume === true && !hasImages) {
    const last = await findLastCutOff(runsFolder(findPaths().state));
    if (last !== undefined) return last;
    throw new Fault('not_found', 'There is no run that was cut off.', {
      remedy: 'Name a run by its id to try again what ended by a fault: vmbridge prove --resume ID',
      data: { field: 'id' },
    });
  }
  // Of what a scheduler starts, each is a run of its own.
  return asked ?? (anew || request !== undefined ? newRunId() : undefined);
}

/** Which run it is, and what came of an image. */
function stays(message: string): boolean {
  return /^run [a-z0-9-]+[: ]|^\[\d+\/\d+\] .*: (?:passed|failed), \w+;/su.test(message);
}

async function callRun(session: Session, input: Input, copy: ReportCopy | undefined): Promise<Output> {
  try {
    return await session.callLong('proof.run', input, { label: 'proving', stays });
  } catch (error) {
    // What a cancelled run came to is worth having, too.
    const folder = error instanceof Fault ? error.data?.folder : undefined;
    if (typeof folder === 'string') await copy?.take(folder).catch(() => {});
    throw error;
  }
}

async function readRequest(file: string): Promise<Input> {
  const fail = (problem: string, cause?: unknown) =>
    new Fault('invalid', `The request "${file}" ${problem}.`, {
      remedy: 'It has to be a JSON object with the fields of proof.run.',
      data: { field: 'request' },
      cause,
    });
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('can not be read', error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail('is no JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('is no JSON object');
  return value;
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function printOutcome(session: Session, output: Output): Promise<void> {
  const { id, total, passed, failed, errors, images, skipped, totalSkipped, summary, junit } = output;
  for (const { fault } of images) {
    if (fault !== undefined) session.warn(faultText(new Fault(fault.code, fault.message, fault)).trimEnd());
  }
  session.print(
    await renderTable(
      ['IMAGE', 'RESULT', 'VERDICT', 'SECONDS', 'EVIDENCE'],
      images.map(row => [
        row.image,
        row.passed ? 'PASSED' : row.blame === 'host' ? 'ERROR' : 'FAILED',
        row.state ?? row.fault?.code,
        row.seconds?.toFixed(1),
        row.evidenceFolder,
      ]),
    ),
  );
  if (images.length < total) session.print(`… and ${total - images.length} more, see ${plainText(summary)}`);
  session.print(`${id}: ${passed} of ${total} passed, ${failed} failed, ${errors} errors`);
  for (const { path: file, reason } of skipped) session.print(`left out: ${plainText(file)}: ${plainText(reason)}`);
  if (skipped.length < totalSkipped) session.print(`left out: ${totalSkipped - skipped.length} more`);
  session.print(`reports: ${plainText(summary)}, ${plainText(junit)}`);
}
