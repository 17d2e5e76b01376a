import { Fault } from '../../errors/fault.ts';
import type { ProgramOutput } from '../../host/run-program.ts';
import { runProgram } from '../../host/run-program.ts';
import { getInstallCommand } from '../find/install-command.ts';
import { chooseManager, listCommands } from './choose-manager.ts';
import { type CommandLine, formatCommand } from './command-line.ts';
import type { InstallationStep, InstallRequest } from './installation-step.ts';
import type { PackageManager } from './package-managers.ts';
import { describeFailure, runInstaller } from './run-installer.ts';

/**
 * Installs by the system's package manager, as root or by a sudo that asks for no password. Faults: `unsupported` (no
 * known manager), `denied` (no rights; the remedy is the command), `failed` with the manager's last output.
 */
export async function installPackages(request: InstallRequest): Promise<InstallationStep> {
  const { host } = request;
  const manager = await chooseManager(host);
  if (manager === undefined) {
    throw new Fault('unsupported', 'No package manager that vmbridge knows was found on this system.', {
      remedy: getInstallCommand(host.platform, host.osRelease, host.administrator),
    });
  }
  const prefix: string[] = manager.needsRoot && !host.administrator ? ['sudo', '-n'] : [];
  const elevate = ([program, ...args]: CommandLine): CommandLine => {
    const [first = program, ...rest] = [...prefix, program, ...args];
    return [first, ...rest];
  };
  const commands = listCommands(manager, host).map(elevate);
  if (!request.planOnly || request.needsRights) await checkRights(manager, request, commands);
  if (!request.planOnly) await runAll(manager, request, commands, manager.mend?.map(elevate) ?? []);
  const shown = commands.map(formatCommand);
  return { method: 'packageManager', commands: shown, commandLines: commands, warnings: [] };
}

async function checkRights(
  manager: PackageManager,
  { host, signal }: InstallRequest,
  commands: readonly CommandLine[],
): Promise<void> {
  if (!manager.needsRoot && host.administrator) {
    throw new Fault('denied', `${manager.name} does not run as root.`, {
      remedy: `As an ordinary user: ${formatCommand(manager.install)}`,
    });
  }
  if (!manager.needsRoot || host.administrator) return;
  const sudo = await host.findProgram('sudo');
  if (sudo !== undefined && (await runProgram(sudo, ['-n', 'true'], { signal, timeoutMs: 20_000 })).exitCode === 0)
    return;
  const remedy = commands.map(command => formatCommand(command).replace(/^sudo -n /, sudo ? 'sudo ' : '')).join(' && ');
  throw new Fault(
    'denied',
    `Installing QEMU by ${manager.name} needs the rights of root, which this process has not.`,
    {
      remedy: sudo === undefined ? `As root: ${remedy}` : remedy,
      data: { manager: manager.name },
    },
  );
}

/** Runs the commands in order; when one fails it is tried once more after what usually mends it. */
async function runAll(
  manager: PackageManager,
  request: InstallRequest,
  commands: readonly CommandLine[],
  mending: readonly CommandLine[],
): Promise<void> {
  for (const command of commands) {
    const first = await run(command, request);
    if (first.exitCode === 0) continue;
    for (const mend of mending) await run(mend, request);
    const last = mending.length === 0 ? first : await run(command, request);
    if (last.exitCode === 0) continue;
    throw new Fault(
      'failed',
      `The package manager ${manager.name} could not install QEMU (exit code ${last.exitCode}).`,
      {
        remedy: `See what it printed, and run it by hand: ${formatCommand(command).replace(/^sudo -n /, 'sudo ')}`,
        data: describeFailure(command, last),
      },
    );
  }
}

/** By the path that was found, while people are shown the name. */
async function run(command: CommandLine, request: InstallRequest): Promise<ProgramOutput> {
  const [program, ...args] = command;
  const file = (await request.host.findProgram(program)) ?? program;
  request.progress({ message: `running: ${formatCommand(command)}` });
  return runInstaller([file, ...args], { ...request, progress: () => {} });
}
