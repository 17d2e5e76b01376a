import { invalidStructure } from '../source/invalid-structure.ts';
import { openSparseVhd } from '../vhd/open-sparse-vhd.ts';
import { findVhdFooter } from '../vhd/vhd-footer.ts';
import type { FormatReader, ImageLayout } from './format.ts';
import { locateFlat } from './locate-flat.ts';

/** Virtual PC, Hyper-V generation 1, Azure: fixed, dynamic and differencing VHD. A parent is looked for and checked. */
export const vhdFormat: FormatReader = {
  format: 'vhd',
  async open(file, context): Promise<ImageLayout> {
    const { footer, dataEnd, obstacles } = await findVhdFooter(file, context.signal);
    context.checkId(footer.id);
    if (footer.type !== 'fixed') return await openSparseVhd(file, footer, obstacles, context);
    if (footer.virtualSize > dataEnd) {
      throw invalidStructure(file.path, 'VHD footer', footer.offset, 'promises a larger disk than the file holds', {
        virtualSize: footer.virtualSize,
        dataEnd,
      });
    }
    return {
      variant: 'fixed',
      virtualSize: footer.virtualSize,
      sectorSize: 512,
      parents: [],
      obstacles,
      details: { dataId: footer.id },
      locate: locateFlat(file, footer.virtualSize),
    };
  },
};
