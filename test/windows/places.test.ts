import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWindows, type Windows } from '../support/wine.ts';

let windows: Windows<typeof import('./programs/places.ts')>;
let missing: string | undefined;
beforeAll(async () => {
  const opened = await openWindows<typeof import('./programs/places.ts')>('places.ts');
  if (typeof opened === 'string') missing = opened;
  else windows = opened;
});
beforeEach(context => context.skip(missing !== undefined, missing));
afterAll(() => windows?.close());

describe('on Windows', () => {
  test('files are kept in the folders that it has for applications', async () => {
    const { paths, roaming, local } = await windows.call('readPaths');
    expect(roaming).toMatch(/^C:\\users\\.*\\AppData\\Roaming$/);
    expect(paths).toEqual({
      configuration: `${roaming}\\vmbridge\\config.json`,
      ...Object.fromEntries(
        ['state', 'logs', 'cache', 'run', 'engine', 'drivers'].map(name => [name, `${local}\\vmbridge\\${name}`]),
      ),
    });
  });

  test('programs are found on the search path, however it is written, and not in the working folder', async () => {
    const { folder, ...found } = await windows.call('findPrograms');
    expect(found).toEqual({
      byEachSpelling: Array(3).fill(`${folder}\\tool.exe`),
      withSuffix: `${folder}\\tool.exe`,
      ofWindows: expect.stringMatching(/^C:\\windows\\system32\\reg\.exe$/i),
    });
  });

  test('the registry is read: values of each type, names with spaces, keys below', async () => {
    expect(await windows.call('readRegistry', 'HKCU\\Software\\vmbridge tests')).toEqual({
      values: expect.objectContaining({ 'Some Text': 'a  b "c" \\ %d%', Enabled: 1, Empty: '' }),
      subkeys: expect.arrayContaining(['Below', 'Second one']),
      enabled: 1,
      bare: { values: {}, subkeys: ['Deeper'] },
      missing: true,
    });
  });

  test('paths of more than 260 characters work', async () => {
    const { length, left } = await windows.call('useLongPaths');
    expect(length).toBeGreaterThan(300);
    expect(left).toEqual(['file.json']);
  });

  test('QEMU is found in each usual place', async () => {
    const local = 'C:\\vmb tests\\local';
    const winget = `${local}\\Microsoft\\WinGet\\Packages\\SoftwareFreedomConservancy.QEMU_Microsoft.Winget.Source_8wekyb3d8bbwe`;
    expect(
      await windows.call('findQemuIn', [
        ['C:\\vmb tests\\on path', { Path: '"C:\\vmb tests\\on path";C:\\nowhere' }],
        [`${local}\\vmbridge\\engine`, { LocalAppData: local }],
        ['C:\\vmb tests\\pf\\qemu', { ProgramFiles: 'C:\\vmb tests\\pf' }],
        ['C:\\vmb tests\\pf86\\qemu', { 'ProgramFiles(x86)': 'C:\\vmb tests\\pf86' }],
        [`${local}\\Microsoft\\WinGet\\Links`, { LOCALAPPDATA: local }],
        [winget, { LOCALAPPDATA: local }],
        ['C:\\vmb tests\\u\\scoop\\apps\\qemu\\current', { USERPROFILE: 'C:\\vmb tests\\u' }],
        ['C:\\vmb tests\\pd\\scoop\\apps\\qemu\\current', { ProgramData: 'C:\\vmb tests\\pd' }],
        ['C:\\vmb tests\\choco\\lib\\qemu\\tools', { ChocolateyInstall: 'C:\\vmb tests\\choco' }],
        ['C:\\vmb tests\\chocolatey\\bin', { ChocolateyInstall: 'C:\\vmb tests\\chocolatey' }],
        ['C:\\msys64\\ucrt64\\bin', {}],
        ['C:\\vmb tests\\m\\clang64\\bin', { MSYSTEM_PREFIX: 'C:/vmb tests/m/clang64' }],
      ]),
    ).toEqual([]);
  });

  test('Memory Integrity is found in the registry', async () => {
    expect(await windows.call('findConflictsHere')).toEqual({ added: ['memory_integrity'] });
  });

  test('QEMU is found where an installer noted it in the registry', async () => {
    expect(await windows.call('findRegisteredQemu')).toEqual({
      inShell: 'C:\\vmb tests\\other msys\\ucrt64\\bin\\qemu-system-x86_64.exe',
      installed: 'C:\\vmb tests\\my qemu\\qemu-system-x86_64.exe',
      without: 'none',
    });
  });
});
