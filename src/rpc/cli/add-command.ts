import { type Command, Option, type OptionValues } from 'commander';
import { type GlobalFlags, globalOptions, refusePlan, toGlobalFlags } from './global-flags.ts';
import type { Session } from './session.ts';

/** What the words on the command line ask for. */
export type Choice =
  | { readonly door: 'serve' | 'rpc'; readonly doorArguments: readonly string[] }
  | { readonly flags: GlobalFlags; readonly work: (session: Session) => Promise<number> };

export type Choose = (choice: Choice) => void;

/** A command that takes the global flags behind its name, too; its help lists them once, below its own options. */
export function addCommand(program: Command, words: string, description: string): Command {
  const command = program.command(words).description(description);
  for (const option of globalOptions) command.addOption(toOption(option).hideHelp());
  return command;
}

export function toOption(option: (typeof globalOptions)[number]): Option {
  return new Option('value' in option ? `${option.flag} ${option.value}` : option.flag, option.help);
}

/** These are one call of one tool, and show its plan instead. */
const planned: ReadonlySet<string> = new Set(['start', 'stop', 'boot', 'export']);

/** Options as commander read them; those with choices were checked by it, the others are checked by the tool. */
export function task<Own extends OptionValues>(
  command: Command,
  work: (session: Session, options: Own) => Promise<number>,
): Choice {
  const options = command.optsWithGlobals<Own>();
  const flags = toGlobalFlags(options);
  if (!planned.has(command.name())) refusePlan(command.name(), flags);
  return { flags, work: session => work(session, options) };
}
