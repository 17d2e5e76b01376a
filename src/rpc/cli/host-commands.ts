import path from 'node:path';
import { Argument, type Command, Option, type OptionValues } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { suggestWords } from '../../errors/near-words.ts';
import { addCommand, type Choose } from './add-command.ts';
import { parseCount } from './commands/boot-options.ts';
import type { HostInput } from './commands/host-add.ts';
import { refusePlan, toGlobalFlags } from './global-flags.ts';
import type { Session } from './session.ts';

/** The verbs for hosts, their secrets, the configuration and approvals. */
export function addHostCommands(program: Command, choose: Choose): void {
  addHosts(addGroup(program, 'host', 'the hosts of the configuration'), choose);
  addCredentials(addGroup(program, 'credential', 'the secrets that hosts name'), choose);
  addConfiguration(addGroup(program, 'config', 'the configuration'), choose);
  addApprovals(addGroup(program, 'approval', 'what waits for the approval of a person'), choose);
}

/** A word that needs another one behind it. */
function addGroup(program: Command, name: string, what: string): Command {
  const group = addCommand(program, name, `see and change ${what}`).usage('<command>').argument('[words...]');
  return group.action((words: string[]) => {
    const verbs = group.commands.map(command => command.name());
    const [word] = words;
    const problem = word === undefined ? 'needs a command behind it' : `has no command "${word.slice(0, 100)}"`;
    throw new Fault('invalid', `"vmbridge ${name}" ${problem}.`, {
      remedy: `${suggestWords(word ?? '', verbs)}There are ${verbs.join(', ')}; see: vmbridge ${name} --help`,
      data: { field: name, candidates: verbs },
    });
  });
}

type Work<Own> = (session: Session, own: Own, words: readonly (string | undefined)[]) => Promise<number>;

/** These tell no plan: they only read, or answer a question that is open already. */
const unplanned: ReadonlySet<string> = new Set(['list', 'test', 'get', 'decide']);

function act<Own extends OptionValues>(choose: Choose, work: Work<Own>) {
  return (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Own>();
    const words = given.slice(0, -2) as (string | undefined)[];
    const flags = toGlobalFlags({ ...options });
    if (unplanned.has(command.name())) refusePlan(`${command.parent?.name()} ${command.name()}`, flags);
    choose({ flags, work: session => work(session, options, words) });
  };
}

type HostOptions = {
  readonly provider: string;
  readonly address: string[];
  readonly user?: string;
  readonly token?: string;
  readonly credential?: string;
  readonly totp?: string;
  readonly caFile?: string;
  readonly fingerprint?: string[];
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly clientKeyCredential?: string;
  readonly timeout?: number;
  readonly connections?: number;
  readonly replace?: boolean;
  readonly skipTest?: boolean;
};

function addHosts(group: Command, choose: Choose): void {
  addHostOptions(addCommand(group, 'add <name>', 'write a host into the configuration, once it has answered')).action(
    act<HostOptions>(choose, async (session, options, [name = '']) =>
      (await import('./commands/host-add.ts')).addHost(session, toHostInput(name, options)),
    ),
  );
  addCommand(group, 'list', 'list the configured hosts').action(
    act(choose, async session => (await import('./commands/host-list.ts')).listHosts(session)),
  );
  addCommand(group, 'test <name>', 'tell step by step whether a host can be reached and signed in to').action(
    act(choose, async (session, _, [name = '']) => (await import('./commands/host-test.ts')).testHost(session, name)),
  );
  addCommand(group, 'remove <name>', 'take a host out of the configuration').action(
    act(choose, async (session, _, [name = '']) =>
      (await import('./commands/host-remove.ts')).removeHost(session, name),
    ),
  );
}

function addHostOptions(command: Command): Command {
  const several = (word: string, before: string[] = []) => [...before, word];
  return command
    .option('--provider <id>', 'what it is', 'proxmox')
    .addOption(
      new Option('--address <address>', 'where it is reached, e.g. pve1.lab:8006; once for each node of a cluster')
        .argParser(several)
        .makeOptionMandatory(),
    )
    .option('--user <user>', 'account, e.g. root@pam')
    .option('--token <id>', 'name of the API token; without it the secret is a password')
    .option('--credential <name>', "name of the kept secret; the host's name when left out")
    .option('--totp <name>', 'name of the kept secret of the second factor')
    .option('--ca-file <file>', 'PEM file of the authority that signed its certificate')
    .addOption(new Option('--fingerprint <sha256>', 'certificate to be trusted; may be repeated').argParser(several))
    .option('--client-certificate <file>', 'certificate to show, PEM or PKCS #12')
    .option('--client-key <file>', 'PEM file of its key')
    .option('--client-key-credential <name>', 'name of the kept secret that opens the key')
    .addOption(new Option('--timeout <seconds>', 'how long an answer may take').argParser(parseCount))
    .addOption(new Option('--connections <count>', 'most requests at a time').argParser(parseCount))
    .option('--replace', 'in the place of a host of that name')
    .option('--skip-test', 'write it down without asking it');
}

/** What was not given is left out, so that the configuration says only what somebody has chosen. */
function toHostInput(name: string, options: HostOptions): HostInput {
  const { address, token, fingerprint, clientKeyCredential, timeout, replace, skipTest } = options;
  const { provider, user, totp, caFile, clientCertificate, clientKey, connections } = options;
  const settings = {
    user,
    tokenId: token,
    credential: options.credential ?? (user === undefined ? undefined : name),
    totp,
    caFile: absolute(caFile),
    fingerprints: fingerprint,
    clientCertificate: absolute(clientCertificate),
    clientKey: absolute(clientKey),
    clientKeyPassword: clientKeyCredential,
    timeoutSeconds: timeout,
    connections,
  };
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { name, provider, addresses: address, ...given, replace: replace === true, skipTest: skipTest === true };
}

/** Servers are started in other folders than this command. */
function absolute(file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(file);
}

function addCredentials(group: Command, choose: Choose): void {
  addCommand(group, 'set <name> [source]', 'keep a secret: typed at the terminal, or "-" for standard input')
    .option('--from-file <file>', 'read it from a file')
    .action(
      act<{ fromFile?: string }>(choose, async (session, { fromFile: file }, [name = '', word]) =>
        (await import('./commands/credential-set.ts')).setCredential(session, name, { word, file }),
      ),
    );
  addCommand(group, 'list', 'list the names of kept secrets').action(
    act(choose, async session => (await import('./commands/credential-list.ts')).listCredentials(session)),
  );
  addCommand(group, 'remove <name>', 'forget a secret')
    .option('--force', 'also when a host names it')
    .action(
      act<{ force?: boolean }>(choose, async (session, { force }, [name = '']) =>
        (await import('./commands/credential-remove.ts')).removeCredential(session, name, force === true),
      ),
    );
}

function addConfiguration(group: Command, choose: Choose): void {
  addCommand(group, 'get [key]', 'tell the configuration, whole or from a key on, e.g. log').action(
    act(choose, async (session, _, [key]) => (await import('./commands/config-get.ts')).getConfiguration(session, key)),
  );
  addCommand(group, 'set <key> [value]', 'set a key, e.g. log.level debug; a value may be JSON')
    .option('--unset', 'take the key away instead')
    .action(
      act<{ unset?: boolean }>(choose, async (session, { unset }, [key = '', value]) => {
        if ((value === undefined) !== (unset === true)) {
          throw new Fault('invalid', 'Give either a value or --unset.', { data: { field: 'value' } });
        }
        return (await import('./commands/config-set.ts')).setConfiguration(session, key, value);
      }),
    );
}

function addApprovals(group: Command, choose: Choose): void {
  addCommand(group, 'list', 'list what models have asked for').action(
    act(choose, async session => (await import('./commands/approval.ts')).listApprovals(session)),
  );
  const decide = addCommand(group, 'decide <id>', 'approve or deny one');
  decide
    .addArgument(new Argument('<decision>').choices(['approve', 'deny']))
    .action(
      act(choose, async (session, _, [id = '', decision = '']) =>
        (await import('./commands/approval.ts')).decideApproval(session, id, decision),
      ),
    );
}
