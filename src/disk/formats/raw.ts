import { roundUp } from '../source/integers.ts';
import type { FormatReader } from './format.ts';
import { locateFlat } from './locate-flat.ts';

/** A disk without any format; a last part of a sector is filled up with zeros. */
export const rawFormat: FormatReader = {
  format: 'raw',
  async open(file) {
    return {
      virtualSize: roundUp(file.size, 512),
      sectorSize: 512,
      parents: [],
      obstacles: [],
      locate: locateFlat(file, file.size),
    };
  },
};
