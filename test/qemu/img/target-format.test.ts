import { describe, expect, it } from 'vitest';
import { checkDiskSize, chooseTargetFormat, shapeArguments } from '../../../src/qemu/img/target-format.ts';

describe('the format of a new image', () => {
  it.each([
    ['/a/b.qcow2', 'qcow2'],
    ['B.QCOW2', 'qcow2'],
    ['b.img', 'raw'],
    ['b.vhd.vhdx', 'vhdx'],
    ['b.VHD', 'vhd'],
  ])('of %s is %s', (name, format) => {
    expect(chooseTargetFormat(name, undefined, 'format')).toBe(format);
    expect(chooseTargetFormat(name, 'vdi', 'format')).toBe('vdi');
  });

  it.each(['b', 'b.iso', '.qcow2', 'qcow2'])('is asked for when the name is %s', name => {
    expect(() => chooseTargetFormat(name, undefined, 'format')).toThrow(
      expect.objectContaining({ code: 'invalid', data: { field: 'format', target: name } }),
    );
  });
});

describe('the shape of a new image', () => {
  it('keeps the size of a VHD exact', () => {
    const shape = { format: 'vhd', compressed: false, allocate: false } as const;
    expect(shapeArguments(shape)).toEqual(['-O', 'vpc', '-o', 'subformat=dynamic,force_size=on']);
  });

  it('on Windows reserves no space, which QEMU can not do there', () => {
    const shape = { compressed: false, allocate: true } as const;
    const refused = expect.objectContaining({
      code: 'unsupported',
      data: expect.objectContaining({ field: 'allocate' }),
    });
    for (const format of ['raw', 'qcow2'] as const)
      expect(() => shapeArguments({ ...shape, format }, 'win32')).toThrow(refused);
    expect(shapeArguments({ ...shape, format: 'vhdx' }, 'win32')).toContain('subformat=fixed');
  });
});

describe('the size of a disk', () => {
  it.each([
    ['vhd', 2040 * 2 ** 30],
    ['vhdx', 64 * 2 ** 40],
    ['vdi', 0x1fffff8000000],
    ['vmdk', 62 * 2 ** 40],
  ] as const)('in a %s is %d bytes at most', (format, largest) => {
    expect(() => checkDiskSize(format, largest, 'x')).not.toThrow();
    expect(() => checkDiskSize(format, largest + 512, 'x')).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('is remarked upon where programs differ', () => {
    expect(checkDiskSize('vmdk', 3 * 2 ** 40, 'x').join()).toContain('2 TiB');
    expect(checkDiskSize('vhd', 512, 'x').join()).toContain('Azure');
    expect(checkDiskSize('vhd', 2 ** 30, 'x')).toEqual([]);
  });
});
