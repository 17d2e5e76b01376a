import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listDescendants, parseParents } from '../../src/host/windows/end-process-tree.ts';
import { isSameStart } from '../../src/host/windows/process-start.ts';
import { findValue, parseRegistryKey } from '../../src/host/windows/read-registry-key.ts';
import { getSystemProgram } from '../../src/host/windows/system-program.ts';

describe('what Windows prints', () => {
  test('of a registry key is read, whatever its values say', () => {
    const output = [
      '',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\A',
      '    (Default)    REG_SZ    x',
      '    Empty    REG_SZ    ',
      '    With    spaces    REG_EXPAND_SZ    %a%    b',
      '    Number    REG_DWORD    0x1f',
      '    Big    REG_QWORD    0xffffffffffffffff',
      '    None    REG_NONE',
      '',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\Below it',
      '',
    ].join('\r\n');
    const key = parseRegistryKey(output);
    expect(Object.fromEntries(key.values)).toEqual({
      '(Default)': 'x',
      Empty: '',
      'With    spaces': '%a%    b',
      Number: 31,
      Big: '0xffffffffffffffff',
      None: '',
    });
    expect(key.subkeys).toEqual(['Below it']);
    expect(findValue(key, 'NUMBER')).toBe(31);
    expect(findValue(undefined, 'NUMBER')).toBeUndefined();
    expect(parseRegistryKey('')).toEqual({ values: new Map(), subkeys: [] });
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseRegistryKey(text)));
  });

  test('of processes is read in both of its encodings, and a tree is walked once, loops and all', () => {
    const text = 'ParentProcessId  ProcessId  \r\n0  4  \r\n4  8  \r\n8  12 \r\n12  4\r\n99  100\r\n';
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    for (const output of [Buffer.from(text), wide]) {
      const parents = parseParents(output);
      expect(listDescendants(4, parents)).toEqual([8, 12]);
      expect(listDescendants(99, parents)).toEqual([100]);
      expect(listDescendants(7, parents)).toEqual([]);
    }
  });
});

describe('a process of Windows', () => {
  test('is the same when its start was read twice, by two clocks', () => {
    expect(isSameStart('2026-01-01T00:00:00.0000000Z', '2026-01-01T00:00:00.250Z')).toBe(true);
    expect(isSameStart('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:09.000Z')).toBe(false);
    expect(isSameStart('2026-01-01T00:00:00.000Z', 'nonsense')).toBe(false);
  });

  test('of the system is named by its whole path', () => {
    expect(getSystemProgram('reg.exe', { systemRoot: 'D:\\W' })).toBe('D:\\W\\System32\\reg.exe');
    expect(getSystemProgram('reg.exe', {})).toBe('C:\\Windows\\System32\\reg.exe');
  });
});
