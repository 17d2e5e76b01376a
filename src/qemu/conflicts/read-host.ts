import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { runProgram } from '../../host/run-program.ts';
import { readRegistryKey } from '../../host/windows/read-registry-key.ts';
import { getSystemProgram } from '../../host/windows/system-program.ts';
import type { ConflictHost } from './conflict.ts';

/** This host, for the checks. Nothing but files, the registry and the list of processes is read. */
export function readHost(signal?: AbortSignal): ConflictHost {
  let programs: Promise<ReadonlyMap<number, string>> | undefined;
  return {
    arch: process.arch,
    readText: file => readFile(file, 'utf8').catch(() => undefined),
    exists: file => succeeds(access(file)),
    mayReadAndWrite: file => succeeds(access(file, constants.R_OK | constants.W_OK)),
    listPrograms: () => {
      programs ??= process.platform === 'win32' ? listWindowsPrograms(signal) : listLinuxPrograms();
      return programs;
    },
    readKey: key => readRegistryKey(key, signal),
  };
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

async function listLinuxPrograms(): Promise<Map<number, string>> {
  const numbers = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name));
  const entries = await Promise.all(
    numbers.map(async number => {
      const name = await readFile(`/proc/${number}/comm`, 'utf8').catch(() => '');
      return [Number(number), name.trimEnd()] as const;
    }),
  );
  return new Map(entries);
}

async function listWindowsPrograms(signal: AbortSignal | undefined): Promise<Map<number, string>> {
  const options = { signal, timeoutMs: 10_000 };
  const { stdout } = await runProgram(getSystemProgram('tasklist.exe'), ['/FO', 'CSV', '/NH'], options);
  return parseTaskList(stdout);
}

/** `"vmware-vmx.exe","4711","Console","1","12,345 K"`, one line for each process. */
export function parseTaskList(output: string): Map<number, string> {
  const rows = output.matchAll(/^"([^"\r\n]+)","(\d+)"/gm);
  return new Map([...rows].map(([, name = '', pid]) => [Number(pid), name]));
}
