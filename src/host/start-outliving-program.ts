import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { markFolder } from './folder-mark.ts';
import { checkArguments, createProgramFault } from './program-fault.ts';
import { readFileEnd } from './read-file-end.ts';
import type { ProgramExit, RunningProgram, StartProgramOptions } from './start-program.ts';

const keptBytes = 64 * 1024;

/**
 * Starts a program that goes on when this process ends. What it writes to standard output and standard error is appended to
 * `logFile`: a pipe to this process would break with it. Faults as `startProgram`.
 */
export async function startOutlivingProgram(
  file: string,
  args: readonly string[],
  options: StartProgramOptions & { readonly logFile: string },
): Promise<RunningProgram> {
  checkArguments(file, args);
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const child = spawn(file, [...args], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
      cwd: options.cwd,
      env: { ...process.env, ...options.environment, ...markFolder(options.cwd) },
    });
    await started(child, file);
    child.unref();
    const exited = new Promise<ProgramExit>(resolve => {
      child.once('exit', (code, signal) => {
        void readFileEnd(options.logFile, keptBytes)
          .catch(() => '')
          .then(stderr => resolve({ code: code ?? undefined, signal: signal ?? undefined, stderr }));
      });
    });
    return { pid: child.pid ?? 0, exited, kill: () => child.kill('SIGKILL') };
  } finally {
    await log.close();
  }
}

function started(child: ChildProcess, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', error => {
      reject(createProgramFault(file, 'code' in error ? String(error.code) : undefined, error));
    });
  });
}
