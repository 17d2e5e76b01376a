import { CommanderError } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { asFault, toExitStatus } from '../faults.ts';
import { faultJson, faultText } from './output/fault-text.ts';
import { jsonText } from './output/json-text.ts';
import { type Choice, createProgram } from './program.ts';
import { Session } from './session.ts';

/** After so long a clean-up that hangs is cut off. */
const closeMilliseconds = 40_000;

/** The command line: prints, then ends the process with 0 (done), 1 (failed), 2 (bad usage) or 128 + a signal. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // `vmbridge tools | head` closes the pipe early; that is no failure, and there is nobody to tell.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const crash = (error: Error) => process.exit(tellFault(asFault(error, 'The command'), argv.includes('--json')));
  process.on('uncaughtException', crash);
  let status: number;
  try {
    const choice = readWords(argv);
    if (typeof choice === 'number') status = choice;
    else if ('door' in choice) {
      // A server ends in its own order.
      process.off('uncaughtException', crash);
      return await openDoor(choice);
    } else status = await runChoice(choice);
  } catch (error) {
    status = tellFault(asFault(error, 'The command'), argv.includes('--json'));
  }
  await new Promise<void>(resolve => process.stdout.write('', () => resolve()));
  process.exit(status);
}

async function runChoice({ flags, work }: Exclude<Choice, { door: unknown }>): Promise<number> {
  const session = new Session(flags);
  let status: number;
  try {
    status = await work(session);
  } catch (error) {
    status = tellFault(asFault(error, 'The command'), flags.json);
  }
  setTimeout(() => process.exit(status), closeMilliseconds).unref();
  await session.close().catch(error => tellFault(asFault(error, 'The clean-up'), false));
  return session.interruption.exitStatus ?? status;
}

/** What was chosen, or the exit status when help or the version has been printed. Throws `invalid` for bad usage. */
function readWords(argv: readonly string[]): Choice | number {
  let choice: Choice | undefined;
  const program = createProgram(chosen => {
    choice = chosen;
  });
  if (argv.length === 0) {
    process.stderr.write(program.helpInformation());
    return 2;
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw usageFault(error);
  }
  if (choice !== undefined) return choice;
  throw new Fault('invalid', 'A command is missing.', { remedy: 'See: vmbridge --help' });
}

/** commander writes "error: …", and sometimes "(Did you mean …?)" on a second line. */
function usageFault(error: CommanderError): Fault {
  const [message = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return new Fault('invalid', /[.!?]$/.test(sentence) ? sentence : `${sentence}.`, {
    remedy: `${hint.replace(/^\((.*)\)$/, '$1 ')}See: vmbridge --help`,
    cause: error,
  });
}

async function openDoor({ door, doorArguments }: Extract<Choice, { door: unknown }>): Promise<void> {
  if (door === 'serve') return (await import('../mcp/serve.ts')).serveMcp(doorArguments);
  return (await import('../jsonrpc/serve.ts')).serveJsonRpc(doorArguments);
}

function tellFault(fault: Fault, json: boolean): number {
  if (json) process.stdout.write(`${jsonText(faultJson(fault))}\n`);
  else process.stderr.write(faultText(fault));
  return toExitStatus(fault);
}
