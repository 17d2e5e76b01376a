import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStreams } from '../../src/host/windows/list-streams.ts';

const paths = ['C:\\backups\\web.vhdx', 'C:\\backups\\ünïcode.vhdx'];

describe('what Windows says of the streams of files', () => {
  it('is read by file, in order of the names', () => {
    const output = JSON.stringify([
      { path: paths[0], name: 'Zone.Identifier', size: 26 },
      { path: paths[0], name: 'AFP_AfpInfo', size: 60 },
    ]);
    expect(parseStreams(`\ufeff${output}\r\n`, paths)).toEqual(
      new Map([
        [
          paths[0],
          [
            { name: 'AFP_AfpInfo', size: 60 },
            { name: 'Zone.Identifier', size: 26 },
          ],
        ],
        [paths[1], []],
      ]),
    );
  });

  it('may be nothing at all, which is no stream', () => {
    for (const nothing of ['', '[]', '\r\n']) expect(parseStreams(nothing, paths)?.get(paths[0] ?? '')).toEqual([]);
  });

  it('is not believed when it is anything else', () => {
    for (const other of ['{}', '[1]', '[{"path":"x","name":5,"size":1}]', 'Get-Item : cannot', 'null']) {
      expect(parseStreams(other, paths)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string(), text => {
        const found = parseStreams(text, paths);
        expect(found === undefined || found.size === paths.length).toBe(true);
      }),
    );
  });
});
