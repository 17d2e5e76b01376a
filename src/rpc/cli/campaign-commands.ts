import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCommand, type Choose, task } from './add-command.ts';
import { addBootOptions, type BootWords, parseCount, toBootInput } from './commands/boot-options.ts';
import type { ScheduleOptions } from './commands/campaign-schedule.ts';
import type { ProveOptions, RunOptions } from './commands/prove.ts';
import type { Session } from './session.ts';

type ProveWords = BootWords &
  Pick<ProveOptions, 'sha256' | 'evidence' | 'passOn' | 'checks'> &
  Omit<RunOptions, 'anew'> & { readonly new?: boolean };

/** The verbs that prove images, one or many. */
export function addCampaignCommands(program: Command, choose: Choose): void {
  addProve(program, choose);
  addSchedule(program, choose);
}

function addProve(program: Command, choose: Choose): void {
  addBootOptions(addCommand(program, 'prove [image...]', 'boot disk images unattended and say whether they boot'))
    .option('--sha256', 'hash the whole image before and after')
    .option('--evidence <folder>', 'new folder for screenshots and proof.json; of several images, a folder for theirs')
    .addOption(new Option('--pass-on <states>', 'states that pass, e.g. login,desktop').argParser(splitStates))
    .addOption(new Option('--checks <json>', 'what else must hold, as a JSON object').argParser(parseObject))
    .addOption(new Option('--parallel <count>', 'how many at a time').argParser(parseCount))
    .option('--junit <file>', 'also write the outcome as JUnit XML')
    .option('--resume [id]', 'go on with a run that was cut off; without an id with the last one')
    .option('--new', 'begin anew, although a run over the same images was cut off')
    .option('--request <file>', 'read images and options from a JSON file, as for proof.run')
    .option('--no-recurse', 'leave subfolders out')
    .addHelpText(
      'after',
      '\nAn image is a file; several files, a folder or a pattern (* ? ** {a,b}) make a run of many. !PATTERN leaves out.',
    )
    .action((images: string[], _options, command: Command) =>
      choose(task<ProveWords>(command, (session, words) => prove(session, images, words))),
    );
}

async function prove(session: Session, images: readonly string[], words: ProveWords): Promise<number> {
  const { sha256, evidence, passOn, checks, parallel, junit, request, recurse, new: anew, ...options } = words;
  const [resume, more] = splitResume(options.resume);
  return (await import('./commands/prove.ts')).proveImages(
    session,
    [...more, ...images],
    { ...toBootInput(options), sha256, evidence, passOn, checks },
    { parallel, junit, resume, request, recurse, anew },
  );
}

function addSchedule(program: Command, choose: Choose): void {
  addCommand(program, 'schedule [image...]', 'have images proved regularly; without --apply it only shows how')
    .option('--name <name>', 'name of the schedule')
    .option('--at <time>', '"hourly 15", "daily 02:00" or "weekly sun 02:00"')
    .addOption(new Option('--options <json>', 'further fields of image.prove, as a JSON object').argParser(parseObject))
    .option('--remove', 'remove the schedule of that name')
    .option('--apply', 'really do it')
    .action((images: string[], _options, command: Command) =>
      choose(
        task<ScheduleOptions>(command, async (session, { name, at, options, remove, apply }) =>
          (await import('./commands/campaign-schedule.ts')).scheduleImages(session, images, {
            name,
            at,
            options,
            remove,
            apply,
          }),
        ),
      ),
    );
}

/** Without an id the option takes the image that comes next; no name of a run looks like a path. */
function splitResume(named: string | true | undefined): [resume: string | true | undefined, images: string[]] {
  const isImage = typeof named === 'string' && !/^[\w-]+$/.test(named);
  return isImage ? [true, [named]] : [named, []];
}

/** The tool says which states there are. */
function splitStates(text: string): string[] {
  return text.split(',').map(state => state.trim());
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It has to be a JSON object.');
  }
}
