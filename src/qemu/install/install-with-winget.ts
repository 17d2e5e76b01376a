import { Fault } from '../../errors/fault.ts';
import type { CommandLine } from './command-line.ts';
import { formatCommand } from './command-line.ts';
import type { InstallationStep, InstallRequest } from './installation-step.ts';
import { describeFailure, runInstaller } from './run-installer.ts';

const packageArguments = [
  'install',
  '--exact',
  '--id',
  'SoftwareFreedomConservancy.QEMU',
  '--source',
  'winget',
  '--silent',
  '--accept-package-agreements',
  '--accept-source-agreements',
  '--disable-interactivity',
];

// https://github.com/microsoft/winget-cli/blob/master/doc/windows/package-manager/winget/returnCodes.md
const alreadyInstalled = new Set([0x8a15002b, 0x8a150061]);

/** Installs by winget. Faults: `unavailable` when there is none, `failed` with what it printed. */
export async function installWithWinget(request: InstallRequest): Promise<InstallationStep> {
  const winget = await request.host.findProgram('winget');
  if (winget === undefined) {
    throw new Fault('unavailable', 'winget was not found on this system.', {
      remedy: 'Install "App Installer" from the Microsoft Store, or use --method download.',
    });
  }
  const shown: CommandLine = ['winget', ...packageArguments];
  if (!request.planOnly) {
    request.progress({ message: `running: ${formatCommand(shown)}` });
    const output = await runInstaller([winget, ...packageArguments], { ...request, progress: () => {} });
    if (output.exitCode !== 0 && !alreadyInstalled.has(output.exitCode >>> 0)) {
      const code = `0x${(output.exitCode >>> 0).toString(16)}`;
      throw new Fault('failed', `winget could not install QEMU (exit code ${code}).`, {
        remedy: 'See what it printed, or use --method download.',
        data: describeFailure(shown, output),
      });
    }
  }
  return { method: 'winget', commands: [formatCommand(shown)], commandLines: [shown], warnings: [] };
}
