import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { rewriteFile } from '../../host/rewrite-file.ts';
import { checkConfiguration } from './check.ts';
import { listKnownKeys } from './known-keys.ts';
import { readConfiguration } from './read.ts';

export type RawObject = Readonly<Record<string, unknown>>;
/** Makes the new content of the old one; throws a Fault where it can not. */
export type Edit = (raw: RawObject) => RawObject;

/**
 * Changes the configuration file: what is not changed stays, in its order; the whole is checked before it replaces the old
 * one; other writers wait. Faults: `invalid` naming the key, `denied`, and whatever the edit throws.
 */
export async function editConfiguration(file: string, signal: AbortSignal, edit: Edit): Promise<void> {
  await withFileLock(`${file}.lock`, { signal }, async () => {
    const found = readConfiguration(file);
    const edited = await tryEdit(file, edit);
    const text = `${JSON.stringify(edited, undefined, indentOf(found?.text ?? ''))}\n`;
    await rewriteFile(file, text).catch((error: unknown) => {
      throw new Fault('denied', `The configuration ${file} can not be written.`, {
        remedy: 'Check that it belongs to this user and that its disk is not full.',
        data: { file },
        cause: error,
      });
    });
  });
}

/** What the file would hold then, checked; nothing is written. */
export async function tryEdit(file: string, edit: Edit): Promise<RawObject> {
  const raw = readConfiguration(file)?.raw ?? {};
  const checked = await checkConfiguration(raw);
  if ('problems' in checked) throw wrong(file, checked.problems, `The configuration ${file} is wrong already`);
  const edited = edit(raw as RawObject);
  const outcome = await checkConfiguration(edited);
  if ('problems' in outcome) throw wrong(file, outcome.problems, 'The configuration would be wrong');
  return edited;
}

function wrong(file: string, problems: readonly { key: string; problem: string }[], what: string): Fault {
  const [first] = problems;
  const near = suggestWords(first?.key ?? '', listKnownKeys());
  return new Fault('invalid', `${what} at "${first?.key}": ${first?.problem}.`, {
    remedy: `${near}Nothing was changed. See what there is: vmbridge config get`,
    data: { file, field: first?.key, problems: problems.slice(0, 20) },
  });
}

/** As the file has it; two columns for a new one. */
function indentOf(text: string): string {
  return /^\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
}
