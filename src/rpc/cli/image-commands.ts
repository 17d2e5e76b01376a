import { type Command, Option } from 'commander';
import { addCommand, type Choose, task } from './add-command.ts';
import type { BootOptions } from './commands/boot.ts';
import { addBootOptions, type BootInput, type BootWords, parentsOption, toBootInput } from './commands/boot-options.ts';
import type { ExportOptions } from './commands/export.ts';
import type { VerifyOptions } from './commands/verify.ts';

const formatOption = ['--format <format>', 'read the file as this format'] as const;

/** The verbs for disk images. */
export function addImageCommands(program: Command, choose: Choose): void {
  addReadingCommands(program, choose);
  addBootingCommands(program, choose);
}

function addReadingCommands(program: Command, choose: Choose): void {
  addCommand(program, 'inspect <image>', 'tell what a disk image holds and whether it could boot')
    .option(...formatOption)
    .addOption(parentsOption())
    .action((image: string, _options, command: Command) =>
      choose(
        task<Pick<BootInput, 'format' | 'parents'>>(command, async (session, { format, parents }) =>
          (await import('./commands/inspect.ts')).inspectImage(session, image, { format, parents }),
        ),
      ),
    );
  addCommand(program, 'verify <image>', 'check all structures of a disk image and read every block')
    .option(...formatOption)
    .option('--sha256', 'hash the files before and after')
    .addOption(parentsOption())
    .action((image: string, _options, command: Command) =>
      choose(
        task<VerifyOptions>(command, async (session, { format, parents, sha256 }) =>
          (await import('./commands/verify.ts')).verifyImage(session, image, { format, parents, sha256 }),
        ),
      ),
    );
  addCommand(program, 'export <image> <target>', 'write what an image and its parents show into one new image')
    .option(...formatOption)
    .addOption(new Option('--to <format>', 'format of the new image').choices(['raw', 'qcow2', 'vhdx']))
    .option('--sha256', 'hash the files before and after')
    .addOption(parentsOption())
    .action((image: string, target: string, _options, command: Command) =>
      choose(
        task<ExportOptions>(command, async (session, { format, parents, sha256, to }) =>
          (await import('./commands/export.ts')).exportImage(session, image, target, { format, parents, sha256, to }),
        ),
      ),
    );
}

function addBootingCommands(program: Command, choose: Choose): void {
  addBootOptions(addCommand(program, 'boot <image>', 'boot a disk image as a throw-away machine, until Ctrl-C'))
    .addOption(new Option('--until <event>', 'when to say that it is booted').choices(['started', 'verdict']))
    .action((image: string, _options, command: Command) =>
      choose(
        task<BootWords & Pick<BootOptions, 'until'>>(command, async (session, options) =>
          (await import('./commands/boot.ts')).bootImage(session, image, {
            ...toBootInput(options),
            until: options.until,
          }),
        ),
      ),
    );
}
