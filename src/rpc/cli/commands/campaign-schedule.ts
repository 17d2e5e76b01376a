import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import { imageEntry } from './image-entry.ts';

export interface ScheduleOptions {
  readonly name?: string | undefined;
  readonly at?: string | undefined;
  readonly options?: ToolInput<'proof.schedule'>['options'] | undefined;
  readonly remove?: boolean | undefined;
  readonly apply?: boolean | undefined;
}

type Output = ToolOutput<'proof.schedule'>;

/** `vmbridge schedule`: lists the schedules, shows what one would take, or makes or removes it. */
export async function scheduleImages(
  session: Session,
  images: readonly string[],
  { name, at, options, remove = false, apply = false }: ScheduleOptions,
): Promise<number> {
  const isList = name === undefined && at === undefined && images.length === 0 && !remove;
  const output = await session.call('proof.schedule', {
    action: isList ? 'list' : remove ? 'remove' : 'create',
    name,
    at,
    images: images.length === 0 ? undefined : images.map(imageEntry),
    options,
    apply,
  });
  if (session.flags.json) session.printJson(output);
  else if (isList) session.print(await describeSchedules(output));
  else session.print(describePlan(output));
  return 0;
}

async function describeSchedules({ schedules, hints }: Output): Promise<string> {
  if (schedules.length === 0) return 'There is no schedule.';
  const table = await renderTable(
    ['NAME', 'AT', 'IMAGES'],
    schedules.map(({ name, at, images }) => [name, at, images.join(', ')]),
  );
  return [table, ...hints.map(hint => `note: ${plainText(hint)}`)].join('\n');
}

function describePlan({ applied, files, commands, hints }: Output): string {
  return [
    applied ? 'Done:' : 'This is what --apply would do:',
    ...files.flatMap(({ path, content }) =>
      content === ''
        ? [`remove ${plainText(path)}`]
        : [
            `write ${plainText(path)}`,
            ...content
              .trimEnd()
              .split('\n')
              .map(line => `  ${plainText(line)}`),
          ],
    ),
    ...commands.map(words => `run ${words.map(word => plainText(quoteWord(word))).join(' ')}`),
    ...hints.map(hint => `note: ${plainText(hint)}`),
  ].join('\n');
}
