import type { Obstacle } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readStructure } from '../source/read-structure.ts';
import { differencingObstacle } from './differencing-obstacle.ts';
import type { FormatReader } from './format.ts';
import { truncatedObstacles } from './truncated-obstacles.ts';
import { makeBlockMap } from './vhdx/block-map.ts';
import { chooseHeader } from './vhdx/choose-header.ts';
import { inspectLog } from './vhdx/inspect-log.ts';
import { readMetadata } from './vhdx/read-metadata.ts';
import { readRegions } from './vhdx/read-regions.ts';

/** Hyper-V generation 2: fixed, dynamic and differencing VHDX, read as the file stands: a log is found, but not replayed. */
export const vhdxFormat: FormatReader = {
  format: 'vhdx',
  async open(file, { signal }) {
    const id = await readStructure(file, 'VHDX file identifier', 0, 8, signal);
    if (id.toString('latin1') !== 'vhdxfile') {
      throw invalidStructure(file.path, 'VHDX file identifier', 0, 'does not begin with "vhdxfile"');
    }
    const header = await chooseHeader(file, signal);
    const log = await inspectLog(file, header, signal);
    const regions = await readRegions(file, signal);
    const metadata = await readMetadata(file, regions.metadata, signal);
    const map = makeBlockMap(file, regions.blockTable, metadata);
    const differencing = metadata.hasParent;
    return {
      variant: differencing ? 'differencing' : metadata.fixed ? 'fixed' : 'dynamic',
      virtualSize: metadata.virtualSize,
      sectorSize: metadata.sectorSize,
      parents: metadata.parents,
      obstacles: [
        ...logObstacles(file, log),
        ...(differencing ? [differencingObstacle(file.path, metadata.parents)] : []),
        ...(await truncatedObstacles(file, map.table, signal)),
      ],
      locate: map.locate,
    };
  },
};

function logObstacles(file: ByteReader, log: 'clean' | 'dirty' | 'idle'): Obstacle[] {
  if (log === 'clean') return [];
  if (log === 'idle') {
    return [
      {
        code: 'not_closed',
        blocking: false,
        message: `"${file.path}" was not closed by the program that wrote it, but its log holds nothing to replay.`,
      },
    ];
  }
  return [
    {
      code: 'dirty_log',
      blocking: true,
      message: `"${file.path}" was not closed cleanly: its log holds changes that are not yet in their place.`,
      remedy: `Copy the file, then replay the log in the copy: qemu-img check -r all COPY (or Mount-VHD and Dismount-VHD on Windows).`,
    },
  ];
}
