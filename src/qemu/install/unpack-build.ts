import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { withDownloadLock } from '../../host/download/download-lock.ts';
import { checkSpace } from '../../host/download/storage-fault.ts';
import { isProgram } from '../../host/find-program.ts';
import { getNsisArguments } from '../../host/nsis-arguments.ts';
import { type CommandLine, formatCommand } from './command-line.ts';
import type { InstallRequest } from './installation-step.ts';
import { describeFailure, runInstaller } from './run-installer.ts';
import { swapFolder } from './swap-folder.ts';

const programs = ['qemu-system-x86_64.exe', 'qemu-img.exe'];
/** An installed QEMU takes about so many times the space of its installer. */
const growth = 5;

export interface Unpacked {
  readonly command: string;
  readonly warnings: readonly string[];
}

/**
 * Puts the programs of a verified installer into our own folder: by 7-Zip, which needs no rights, else by running it
 * silently. Faults: `denied` when it may not run, `failed` with what was printed, `busy`, `host_fault`.
 */
export async function unpackBuild(installer: string, bytes: number, request: InstallRequest): Promise<Unpacked> {
  const { engineFolder, signal, progress, host } = request;
  const wait = () => progress({ message: 'waiting for another installation' });
  return withDownloadLock(`${engineFolder}.lock`, signal, wait, async () => {
    await checkSpace(engineFolder, bytes * growth);
    const sevenZip = (await host.findProgram('7z')) ?? (await host.findProgram('7zz'));
    if (sevenZip === undefined) return { command: await runSetup(installer, request), warnings: [] };
    try {
      return { command: await extract(sevenZip, installer, request), warnings: [] };
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'failed') throw error;
      const command = await runSetup(installer, request);
      return { command, warnings: [`${error.message} The installer was run instead.`] };
    }
  });
}

async function extract(sevenZip: string, installer: string, request: InstallRequest): Promise<string> {
  let shown = '';
  await swapFolder(request.engineFolder, async draft => {
    const command: CommandLine = [sevenZip, 'x', '-y', `-o${draft}`, installer];
    shown = formatCommand(['7z', 'x', '-y', `-o${request.engineFolder}`, installer]);
    const output = await runInstaller(command, request);
    if (output.exitCode !== 0) throw failed('7-Zip could not unpack the installer.', command, output);
    // What only the installer itself would use: its plug-ins, and the remover of what it would have registered.
    const names = await readdir(draft);
    for (const name of names.filter(each => each === '$PLUGINSDIR' || /^qemu-uninstall\.exe/.test(each))) {
      await rm(path.join(draft, name), { recursive: true, force: true });
    }
    if (!(await hasPrograms(draft))) throw failed('7-Zip did not find QEMU in the installer.', command, output);
  });
  return shown;
}

async function runSetup(installer: string, request: InstallRequest): Promise<string> {
  const command: CommandLine = [installer, ...getNsisArguments(request.engineFolder)];
  const shown = command.join(' ');
  request.progress({ message: `running: ${shown}` });
  const output = await runInstaller(command, { ...request, progress: () => {} }, { verbatim: true }).catch(error => {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    throw error.with({
      remedy: `Install 7-Zip and try again, which needs no rights; or run the installer yourself: ${installer}`,
    });
  });
  if (output.exitCode !== 0) {
    throw failed(`The installer of QEMU ended with the exit code ${output.exitCode}.`, command, output);
  }
  if (await hasPrograms(request.engineFolder)) return shown;
  throw failed(`The installer of QEMU put no programs into ${request.engineFolder}.`, command, output);
}

async function hasPrograms(folder: string): Promise<boolean> {
  const there = await Promise.all(programs.map(name => isProgram(path.join(folder, name))));
  return there.every(Boolean);
}

function failed(message: string, command: CommandLine, output: Parameters<typeof describeFailure>[1]): Fault {
  return new Fault('failed', message, { data: describeFailure(command, output) });
}
