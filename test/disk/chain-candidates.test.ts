import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listCandidates } from '../../src/disk/chain/list-candidates.ts';

const segment = fc.oneof(
  fc.constantFrom(
    'vms',
    'Hyper-V',
    'base.vhdx',
    '..',
    '.',
    '',
    'C:',
    'UNC',
    '?',
    'Volume{26a21bda-a627-11d7-9931-806e6f6e6963}',
  ),
  fc.constantFrom('\0', 'a\0b', 'con', '...', ' ', 'x:y', '*', '\u202e'),
  fc.string({ maxLength: 8 }),
);
const prefix = fc.constantFrom(
  '',
  '.\\',
  '..\\',
  '\\',
  '/',
  '\\\\',
  '//',
  '\\/',
  'C:\\',
  'c:/',
  'D:',
  '\\\\?\\',
  '\\\\.\\',
  '\\\\?\\C:\\',
  '\\\\?\\UNC\\',
  '\\??\\',
  '\\\\?\\Volume{1}\\',
);
const place = fc
  .tuple(prefix, fc.array(segment, { maxLength: 6 }), fc.constantFrom('\\', '/', '\\\\'))
  .map(([start, parts, separator]) => start + parts.join(separator));
const places = fc.array(place, { maxLength: 4 });

describe('the places at which a parent is looked for', () => {
  it('are absolute, distinct and without tricks on systems other than Windows, and all below the child where a path is not relative', () => {
    const child = fc.constantFrom(
      '/backups/vms/child.avhdx',
      '/child.avhdx',
      '/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/child.avhdx',
    );
    fc.assert(
      fc.property(child, places, (path, recorded) => {
        const found = listCandidates(path, recorded, 'linux');
        expect(new Set(found).size).toBe(found.length);
        for (const each of found) {
          expect(posix.isAbsolute(each)).toBe(true);
          expect(posix.normalize(each)).toBe(each);
          expect(each).not.toContain('\0');
          expect(each.startsWith('//')).toBe(false);
        }
        expect(found.length).toBeLessThanOrEqual(recorded.length * 20);
      }),
      { numRuns: 3000 },
    );
  });

  it('are on this computer on Windows, unless the child lies on the same share', () => {
    fc.assert(
      fc.property(places, recorded => {
        for (const each of listCandidates('C:\\vms\\child.avhdx', recorded, 'win32')) {
          expect(win32.isAbsolute(each)).toBe(true);
          expect(each).not.toContain('\0');
          expect(each).toMatch(/^([A-Za-z]:\\|\\\\\?\\([A-Za-z]:|Volume\{))/);
        }
        for (const each of listCandidates('\\\\server\\share\\vms\\child.avhdx', recorded, 'win32')) {
          expect(each).toMatch(/^([A-Za-z]:\\|\\\\\?\\([A-Za-z]:|Volume\{)|\\\\server\\share\\)/i);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each<[string, string[]]>([
    ['.\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['..\\disks\\base.vhdx', ['C:\\disks\\base.vhdx', 'C:\\vms\\base.vhdx']],
    ['D:\\disks\\base.vhdx', ['D:\\disks\\base.vhdx', 'C:\\vms\\base.vhdx']],
    ['\\\\?\\D:\\disks\\base.vhdx', ['\\\\?\\D:\\disks\\base.vhdx', 'C:\\vms\\base.vhdx']],
    ['\\\\?\\Volume{26a2}\\base.vhdx', ['\\\\?\\Volume{26a2}\\base.vhdx', 'C:\\vms\\base.vhdx']],
    ['\\\\server\\share\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['\\\\?\\UNC\\server\\share\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['\\\\?\\server\\share\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['\\\\.\\pipe\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['\\\\?\\C:\\..\\UNC\\server\\share\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['\\\\?\\Volume{26a2}\\..\\..\\UNC\\server\\share\\base.vhdx', ['C:\\vms\\base.vhdx']],
    ['//server/share/base.vhdx', ['C:\\vms\\base.vhdx']],
    ['', []],
    ['a\0b', []],
    ['..', ['C:\\']],
  ])('on Windows are for %j these', (recorded, expected) => {
    expect(listCandidates('C:\\vms\\child.avhdx', [recorded], 'win32')).toEqual(expected);
  });

  it('on Windows are on a share where the child is there as well', () => {
    const child = '\\\\Server\\Share\\vms\\child.avhdx';
    expect(listCandidates(child, ['\\\\SERVER\\share\\disks\\base.vhdx'], 'win32')[0]).toMatch(/disks\\base\.vhdx$/);
    const beside = '\\\\Server\\Share\\vms\\base.vhdx';
    expect(listCandidates(child, ['\\\\server\\other\\base.vhdx'], 'win32')).toEqual([beside]);
    expect(listCandidates(child, ['\\\\server\\share2\\base.vhdx'], 'win32')).toEqual([beside]);
  });

  it.each<[string, string[]]>([
    ['.\\base.vhdx', ['/backups/vms/base.vhdx']],
    ['..\\disks/base.vhdx', ['/backups/disks/base.vhdx', '/backups/vms/base.vhdx']],
    [
      'C:\\disks\\base.vhdx',
      [
        '/mnt/c/disks/base.vhdx',
        '/c/disks/base.vhdx',
        '/backups/vms/disks/base.vhdx',
        '/backups/disks/base.vhdx',
        '/disks/base.vhdx',
        '/backups/vms/base.vhdx',
      ],
    ],
    ['\\\\?\\Volume{26a2}\\base.vhdx', ['/backups/vms/base.vhdx', '/backups/base.vhdx', '/base.vhdx']],
    ['\\\\server\\share\\base.vhdx', ['/backups/vms/base.vhdx', '/backups/base.vhdx', '/base.vhdx']],
    ['\\\\?\\UNC\\server\\share\\base.vhdx', ['/backups/vms/base.vhdx', '/backups/base.vhdx', '/base.vhdx']],
    ['C:\\..\\..\\etc\\passwd', ['/backups/vms/passwd']],
    ['/srv/base.vhdx', ['/srv/base.vhdx', '/backups/vms/base.vhdx']],
  ])('on Linux are for %j these', (recorded, expected) => {
    expect(listCandidates('/backups/vms/child.avhdx', [recorded], 'linux')).toEqual(expected);
  });
});
