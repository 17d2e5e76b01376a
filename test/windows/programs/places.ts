import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../../../src/host/find-program.ts';
import { findPaths } from '../../../src/host/paths.ts';
import { createRunFolder } from '../../../src/host/run-folder.ts';
import { runProgram } from '../../../src/host/run-program.ts';
import { findValue, readRegistryKey } from '../../../src/host/windows/read-registry-key.ts';
import { getSystemProgram } from '../../../src/host/windows/system-program.ts';
import { writeFileAtomically } from '../../../src/host/write-file-atomically.ts';
import { findConflicts } from '../../../src/qemu/conflicts/find-conflicts.ts';
import { findEngine } from '../../../src/qemu/find-engine.ts';

/** Conflicts with a key of Memory Integrity in the registry, and without. */
export async function findConflictsHere() {
  const key = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\DeviceGuard\\Scenarios\\HypervisorEnforcedCodeIntegrity';
  const reg = (...args: string[]) => runProgram(getSystemProgram('reg.exe'), [...args, '/f', '/reg:64']);
  const list = async () => (await findConflicts()).map(({ name }) => name);
  await reg('delete', key);
  const without = await list();
  await reg('add', key, '/v', 'Enabled', '/t', 'REG_DWORD', '/d', '1');
  const withKey = await list();
  await reg('delete', key);
  return { added: withKey.filter(name => !without.includes(name)) };
}

export const readPaths = () => ({ paths: findPaths(), roaming: process.env.APPDATA, local: process.env.LOCALAPPDATA });

/** A search path with an entry in quotes, spaces and umlauts, under each spelling of the variable's name. */
export async function findPrograms() {
  const folder = 'C:\\vmb tests\\ü; x';
  mkdirSync(folder, { recursive: true });
  copyFileSync(getSystemProgram('reg.exe'), `${folder}\\tool.exe`);
  writeFileSync(`${folder}\\script.cmd`, '');
  writeFileSync('loose.exe', '');
  const find = (name: string, key: string) =>
    findProgram(name, { environment: { [key]: `C:\\nowhere;.;"${folder}"` } });
  return {
    folder,
    byEachSpelling: await Promise.all(['PATH', 'Path', 'path'].map(key => find('tool', key))),
    withSuffix: await find('tool.exe', 'Path'),
    script: await find('script', 'Path'),
    inWorkingFolder: await find('loose', 'Path'),
    ofWindows: await findProgram('reg'),
  };
}

export async function readRegistry(key: string) {
  const reg = (...args: string[]) => runProgram(getSystemProgram('reg.exe'), args);
  await reg('add', key, '/v', 'Some Text', '/d', 'a  b "c" \\ %d%', '/f', '/reg:64');
  await reg('add', key, '/v', 'Enabled', '/t', 'REG_DWORD', '/d', '1', '/f', '/reg:64');
  await reg('add', key, '/ve', '/d', 'unnamed', '/f', '/reg:64');
  await reg('add', key, '/v', 'Empty', '/d', '', '/f', '/reg:64');
  await reg('add', `${key}\\Below\\Deeper`, '/f', '/reg:64');
  await reg('add', `${key}\\Second one`, '/f', '/reg:64');
  const found = await readRegistryKey(key);
  const bare = await readRegistryKey(`${key}\\Below`);
  return {
    values: Object.fromEntries(found?.values ?? []),
    subkeys: found?.subkeys,
    enabled: findValue(found, 'ENABLED'),
    bare: bare && { values: Object.fromEntries(bare.values), subkeys: bare.subkeys },
    missing: (await readRegistryKey(`${key}\\Nowhere`)) === undefined,
  };
}

export async function useLongPaths() {
  const folder = `C:\\vmb tests\\${'long '.repeat(30)}x\\${'deep'.repeat(40)}`;
  await writeFileAtomically(path.join(folder, 'file.json'), '{}');
  const run = await createRunFolder(folder, 'boot');
  await run.remove();
  return { length: folder.length, left: await readdir(folder) };
}

const names = ['qemu-system-x86_64.exe', 'qemu-img.exe'];

/** Puts something that is no QEMU into a folder; tells at which path it was taken for one. */
async function tryPlace(folder: string, environment: Record<string, string>): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  for (const name of names) copyFileSync(getSystemProgram('reg.exe'), path.join(folder, name));
  const search = { environment: { Path: 'C:\\nowhere', SystemDrive: 'C:', ...environment } };
  const found = await findEngine({}, undefined, search).then(
    () => undefined,
    (error: { data: { path?: string } }) => error.data.path,
  );
  for (const name of names) rmSync(path.join(folder, name), { maxRetries: 20, retryDelay: 50 });
  return found;
}

/** Folders and the variables that lead to them; gives those that were not found, and where else one was. */
export async function findQemuIn(places: readonly (readonly [string, Record<string, string>])[]) {
  const wrong: unknown[] = [];
  for (const [folder, environment] of places) {
    const found = await tryPlace(folder, environment);
    if (found !== path.join(folder, 'qemu-system-x86_64.exe')) wrong.push({ folder, found });
  }
  return wrong;
}

/** What installers note in the registry leads to QEMU in a folder of the user's choice. */
export async function findRegisteredQemu() {
  const reg = (...args: string[]) => runProgram(getSystemProgram('reg.exe'), [...args, '/f', '/reg:64']);
  const uninstall = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{b0a1-vmb}';
  await reg('add', uninstall, '/v', 'DisplayName', '/d', 'MSYS2');
  await reg('add', uninstall, '/v', 'InstallLocation', '/d', 'C:\\vmb tests\\other msys');
  const inShell = await tryPlace('C:\\vmb tests\\other msys\\ucrt64\\bin', {});
  await reg('delete', uninstall);
  await reg('add', 'HKLM\\SOFTWARE\\qemu64', '/v', 'Install_Dir', '/d', 'C:\\vmb tests\\my qemu');
  const installed = await tryPlace('C:\\vmb tests\\my qemu', {});
  await reg('delete', 'HKLM\\SOFTWARE\\qemu64');
  return { inShell, installed, without: (await tryPlace('C:\\vmb tests\\my qemu', {})) ?? 'none' };
}
