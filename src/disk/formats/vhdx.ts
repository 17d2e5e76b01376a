import type { DiskImage } from '../disk-image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import type { OpenFile } from '../source/open-file.ts';
import { readStructure } from '../source/read-structure.ts';
import { makeBlockMap } from '../vhdx/block-map.ts';
import { describeBlockTable } from '../vhdx/block-table.ts';
import { chooseHeader, type VhdxHeader } from '../vhdx/choose-header.ts';
import { openLog } from '../vhdx/open-log.ts';
import { readMetadata, type VhdxMetadata } from '../vhdx/read-metadata.ts';
import { overlap, type Region, readRegions } from '../vhdx/read-regions.ts';
import { surveyBlocks, tableOfEnds } from '../vhdx/survey-blocks.ts';
import { verifyVhdx } from '../vhdx/verify-vhdx.ts';
import type { FormatReader, OpenContext } from './format.ts';
import { truncatedObstacles } from './truncated-obstacles.ts';

/** Hyper-V generation 2: fixed, dynamic and differencing VHDX. A log is replayed in memory, a parent looked for and checked. */
export const vhdxFormat: FormatReader = {
  format: 'vhdx',
  async open(file, context) {
    const { signal } = context;
    const id = await readStructure(file, 'VHDX file identifier', 0, 8, signal);
    if (id.toString('latin1') !== 'vhdxfile') {
      throw invalidStructure(file.path, 'VHDX file identifier', 0, 'does not begin with "vhdxfile"');
    }
    const header = await chooseHeader(file, signal);
    context.checkId(header.dataWriteId);
    const { file: replayed, log, obstacles } = await openLog(file, header, signal);
    const regions = await readRegions(replayed, signal);
    const taken = listTaken(file, header, Object.values(regions));
    const metadata = await readMetadata(replayed, regions.metadata, signal);
    const table = describeBlockTable(replayed, context.pages, regions.blockTable, metadata, taken);
    const truncated = await truncatedObstacles(replayed, tableOfEnds(table), signal);
    const { virtualSize, sectorSize, blockSize } = metadata;
    const parent = await openParent(file, regions.metadata, metadata, context);
    return {
      variant: variantOf(metadata),
      virtualSize,
      sectorSize,
      parents: parent ? [parent.path, ...parent.parents] : [],
      parent,
      obstacles: [...obstacles, ...truncated],
      details: {
        blockSize,
        dataId: header.dataWriteId,
        ...(metadata.parent && { parentDataId: metadata.parent.linkages[0] }),
        log,
      },
      survey: stop => surveyBlocks(table, stop),
      verify: verifying => verifyVhdx(file, header, table, verifying),
      locate: makeBlockMap(table),
    };
  },
};

async function openParent(
  file: OpenFile,
  region: Region,
  { parent, sectorSize }: VhdxMetadata,
  context: OpenContext,
): Promise<DiskImage | undefined> {
  if (!parent) return undefined;
  const image = await context.findParent({
    child: file.path,
    format: 'vhdx',
    places: parent.places,
    ids: parent.linkages,
  });
  if (image.sectorSize === sectorSize) return image;
  await image.close();
  const sizes = { sectorSize, parent: image.path, parentSectorSize: image.sectorSize };
  throw invalidStructure(file.path, 'VHDX metadata', region.offset, 'gives another sector size than its parent', sizes);
}

function variantOf({ parent, fixed }: VhdxMetadata): string {
  if (parent) return 'differencing';
  return fixed ? 'fixed' : 'dynamic';
}

/** Where the log lies, checked against the other regions even when it is empty. */
function listTaken(file: ByteReader, header: VhdxHeader, regions: readonly Region[]): Region[] {
  const log = { offset: header.logOffset, length: header.logLength };
  if (header.logId !== undefined && regions.some(region => overlap(region, log))) {
    throw invalidStructure(file.path, 'VHDX log', log.offset, 'lies over another region', { length: log.length });
  }
  return [log, ...regions];
}
