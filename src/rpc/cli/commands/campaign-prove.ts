import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { writeFileAtomically } from '../../../host/write-file-atomically.ts';
import { newRunId } from '../../../proof/campaign/new-run-id.ts';
import { faultText } from '../output/fault-text.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { ProveOptions, RunOptions } from './prove.ts';

type Input = { -readonly [Field in keyof ToolInput<'proof.run'>]?: ToolInput<'proof.run'>[Field] | undefined };
type Output = ToolOutput<'proof.run'>;

/** Proves many images as one run, and tells what came of each. */
export async function proveMany(
  session: Session,
  images: readonly string[],
  { evidence, ...options }: ProveOptions,
  { parallel, junit, resume, request, recurse }: RunOptions,
): Promise<number> {
  const asked: Input = request === undefined ? {} : await readRequest(request);
  const id = resume ?? asked.id ?? newRunId();
  const input: Input = {
    ...asked,
    id,
    ...(images.length === 0 ? {} : { images: [...images] }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(recurse === false ? { flat: true } : {}),
    ...(evidence === undefined ? {} : { evidenceFolder: path.resolve(evidence) }),
    // Checked by the tool, which fills in the defaults as well.
    options: { ...asked.options, ...withoutUndefined(options) } as ToolInput<'proof.run'>['options'],
  };
  if (!session.flags.quiet) session.warn(`run ${id}; should it be cut off: vmbridge prove --resume ${id}`);
  const output = await callRun(session, input, junit);
  if (session.flags.json) session.printJson(output);
  else await printOutcome(session, output);
  return session.interruption.exitStatus ?? (output.passed === output.total ? 0 : 1);
}

async function callRun(session: Session, input: Input, junit: string | undefined): Promise<Output> {
  try {
    const output = await session.callLong('proof.run', input, { label: 'proving' });
    await copyJunit(output.folder, junit);
    return output;
  } catch (error) {
    // What a cancelled run came to is worth having, too.
    const folder = error instanceof Fault ? error.data?.folder : undefined;
    if (typeof folder === 'string') await copyJunit(folder, junit).catch(() => {});
    throw error;
  }
}

async function copyJunit(folder: string, target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const text = await readFile(path.join(folder, 'junit.xml'));
  await writeFileAtomically(path.resolve(target), text).catch((error: unknown) => {
    throw new Fault('denied', `The file "${target}" can not be written.`, {
      remedy: `The report is at ${path.join(folder, 'junit.xml')}.`,
      data: { field: 'junit' },
      cause: error,
    });
  });
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
