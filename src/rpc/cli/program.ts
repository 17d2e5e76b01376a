import { Command, Option } from 'commander';
import { version } from '../version.ts';
import { addCommand, type Choose, task, toOption } from './add-command.ts';
import { addCampaignCommands } from './campaign-commands.ts';
import { parseCount } from './commands/boot-options.ts';
import type { ListFilters } from './commands/list.ts';
import { parseCall } from './fields/parse-call.ts';
import { globalOptions, refusePlan, toDoorArguments, toGlobalFlags } from './global-flags.ts';
import { addHostCommands } from './host-commands.ts';
import { addImageCommands } from './image-commands.ts';
import { addProofCommands } from './proof-commands.ts';

export type { Choice } from './add-command.ts';

const examples = `
Examples:
  vmbridge doctor                             see what works here
  vmbridge inspect backup.vhdx                see what an image holds
  vmbridge verify backup.vhdx                 check its structures and read every block
  vmbridge prove backup.vhdx --sha256         boot it unattended and say whether it boots
  vmbridge prove *.vhdx --json > proofs.json  prove several, for a script
  vmbridge list                               every machine of every provider
  vmbridge call vm.stop --vm web --force      call any tool
  vmbridge call vm.stop --vm web --plan       tell what that would do, and do nothing
  vmbridge serve                              serve MCP; put this into the client's configuration

Exit status: 0 done, 1 failed, 2 bad usage, 130 after Ctrl-C, 143 after SIGTERM.`;

const callHelp = `
Words:
  id           tool, as "vmbridge tools" lists it; "vmbridge call <id> --help" shows its fields
  json         fields as a JSON object; "-" reads it from standard input
  --field      --name value, --name=value, --flag or --no-flag; --memory-bytes and --memoryBytes are the same
`;

/** The commands. Whatever is chosen is handed to \`choose\`; nothing runs while words are being read. */
export function createProgram(choose: Choose): Command {
  const program = new Command('vmbridge')
    .description(
      'One bridge to every virtual machine: list and steer machines, boot disk images and prove that they boot.',
    )
    .version(version, '-V, --version')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} })
    .addHelpText('after', examples);
  for (const option of globalOptions) program.addOption(toOption(option));
  addMachineCommands(program, choose);
  addImageCommands(program, choose);
  addProofCommands(program, choose);
  addCampaignCommands(program, choose);
  addHostCommands(program, choose);
  addOtherCommands(program, choose);
  addDoors(program, choose);
  return program;
}

/** Which machines are meant. */
function addFilters(command: Command): Command {
  return command
    .option('--provider <id>', 'only of this provider')
    .option('--host <name>', 'only of this host')
    .option('--state <state>', 'only in this state, e.g. running')
    .option('--kind <kind>', 'only of this kind: vm, container or distro')
    .option('--tag <pattern>', 'only with such a tag')
    .option('--name <pattern>', 'only with such a name; * and ? are wildcards')
    .option('--text <text>', 'only with this in the name, id, tags, node or image');
}

function addMachineCommands(program: Command, choose: Choose): void {
  addFilters(addCommand(program, 'list', 'list the machines of every provider'))
    .option('--sort <field>', 'e.g. name; -name for descending')
    .action((_options, command: Command) =>
      choose(
        task<ListFilters>(command, async (session, { provider, host, state, kind, tag, name, text, sort }) => {
          const filters = { provider, host, state, kind, tag, name, text, sort };
          return (await import('./commands/list.ts')).listMachines(session, filters);
        }),
      ),
    );
  addFilters(addCommand(program, 'watch', 'tell what becomes of the machines, until Ctrl-C')).action(
    (_options, command: Command) =>
      choose(
        task<ListFilters>(command, async (session, { provider, host, state, kind, tag, name, text }) => {
          const filters = { provider, host, state, kind, tag, name, text };
          return (await import('./commands/watch.ts')).watchMachines(session, filters);
        }),
      ),
  );
  addCommand(program, 'start <machine>', 'start a machine that is kept; it runs on').action(
    (machine: string, _options, command: Command) =>
      choose(task(command, async session => (await import('./commands/start.ts')).startMachine(session, machine))),
  );
  addCommand(program, 'stop <machine>', 'stop a machine: ask the guest first, then switch it off')
    .option('--force', 'cut the power without asking the guest')
    .addOption(new Option('--timeout <seconds>', 'how long the guest may take').argParser(parseCount))
    .action((machine: string, _options, command: Command) =>
      choose(
        task<{ force?: boolean; timeout?: number }>(command, async (session, { force, timeout }) =>
          (await import('./commands/stop.ts')).stopMachine(session, machine, { force, timeoutSeconds: timeout }),
        ),
      ),
    );
}

function addOtherCommands(program: Command, choose: Choose): void {
  addCommand(program, 'doctor', 'see what works here and how to mend what does not')
    .option('--retry', 'try the accelerators again')
    .action((_options, command: Command) =>
      choose(
        task<{ retry?: boolean }>(command, async (session, { retry }) =>
          (await import('./commands/doctor.ts')).examine(session, retry === true),
        ),
      ),
    );
  addCommand(program, 'tools', 'list the tools that "call" can call').action((_options, command: Command) =>
    choose(task(command, async session => (await import('./commands/tools.ts')).listTools(session))),
  );
  const call = program
    .command('call')
    .description('call any tool')
    .usage('<id> [json|-] [--field value …]')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', callHelp);
  call.action((words: string[]) => {
    const parsed = parseCall(words, toGlobalFlags(program.opts()));
    if (parsed === undefined) return call.help();
    choose({
      flags: parsed.flags,
      work: async session => (await import('./commands/call.ts')).callTool(session, parsed),
    });
  });
}

function addDoors(program: Command, choose: Choose): void {
  const doors = [
    ['serve', 'serve MCP over standard input and output'],
    ['rpc', 'serve JSON-RPC 2.0 with Content-Length framing over standard input and output'],
  ] as const;
  for (const [door, description] of doors) {
    const served = addCommand(program, door, description);
    if (door === 'rpc') served.option('--attended', 'a person at the client confirms what destroys something');
    served.action(({ attended }: { attended?: boolean }, command: Command) => {
      const flags = toGlobalFlags(command.optsWithGlobals());
      refusePlan(door, flags);
      const doorArguments = toDoorArguments(flags);
      choose({ door, doorArguments: attended ? [...doorArguments, '--attended'] : doorArguments });
    });
  }
}
