import { roundUp } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import type { FormatReader } from './format.ts';
import { hasIsoDescriptor } from './has-iso-descriptor.ts';
import { locateFlat } from './locate-flat.ts';

/** An optical disc image: ISO 9660 or UDF, hybrids with a partition table included. */
export const isoFormat: FormatReader = {
  format: 'iso',
  async open(file, context) {
    if (!(await hasIsoDescriptor(file, context.signal))) {
      throw invalidStructure(file.path, 'volume descriptor', 32768, 'is not that of an optical disc');
    }
    return {
      virtualSize: roundUp(file.size, 512),
      sectorSize: 2048,
      parents: [],
      obstacles: [],
      locate: locateFlat(file, file.size),
    };
  },
};
