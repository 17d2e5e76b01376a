import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkNewFile } from '../../src/host/check-new-file.ts';

describe('the name of a new file', () => {
  it.each([
    'NUL',
    'con.qcow2',
    'Com1.vhdx',
    'aux .raw',
    'disk.raw:stream',
    'disk.raw.',
    'disk.raw ',
    'a?b.raw',
    'a\nb.raw',
  ])('on Windows is not %j', async name => {
    const file = `${import.meta.dirname}/${name}`;
    await expect(checkNewFile(file, 'target', 'win32')).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'target' },
    });
    expect(await checkNewFile(file, 'target', 'linux')).toBe(file);
  });

  it.each(['console.raw', 'nullable.raw', 'comma,s.raw', 'com10.raw'])('on Windows may be %s', async name => {
    const file = path.join(import.meta.dirname, name);
    expect(await checkNewFile(file, 'target', 'win32')).toBe(file);
  });

  it.each(['/', '', '.', `${import.meta.dirname}/new/`])('is not %j', async name => {
    await expect(checkNewFile(name, 'target', 'linux')).rejects.toMatchObject({ data: { field: 'target' } });
  });
});
