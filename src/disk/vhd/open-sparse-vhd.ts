import type { Obstacle } from '../../model/image.ts';
import type { ImageLayout, OpenContext } from '../formats/format.ts';
import { truncatedObstacles } from '../formats/truncated-obstacles.ts';
import type { OpenFile } from '../source/open-file.ts';
import { readStructure } from '../source/read-structure.ts';
import { verifyVhd } from './verify-vhd.ts';
import type { VhdFooter } from './vhd-footer.ts';
import { makeVhdMap, parseDynamicHeader, surveyVhd, unused, type VhdMap } from './vhd-map.ts';
import { readVhdParent } from './vhd-parents.ts';

/** A dynamic or differencing VHD. A block bitmap says which sectors a differencing disk holds itself. */
export async function openSparseVhd(
  file: OpenFile,
  footer: VhdFooter,
  found: readonly Obstacle[],
  context: OpenContext,
): Promise<ImageLayout> {
  const { signal } = context;
  const header = await readStructure(file, 'VHD dynamic header', footer.headerOffset, 1024, signal);
  const map = parseDynamicHeader(file, context.pages, footer, header);
  const truncated = await truncatedObstacles(file, tableOfEnds(map), signal);
  const recorded = map.differencing ? await readVhdParent(file, header, signal) : undefined;
  const search =
    recorded && ({ child: file.path, format: 'vhd', places: recorded.places, ids: [recorded.id] } as const);
  const parent = search && (await context.findParent(search));
  return {
    variant: footer.type,
    virtualSize: footer.virtualSize,
    sectorSize: 512,
    parents: parent ? [parent.path, ...parent.parents] : [],
    parent,
    obstacles: [...found, ...truncated],
    details: { blockSize: map.blockSize, dataId: footer.id, parentDataId: recorded?.id },
    survey: stop => surveyVhd(map, stop),
    verify: verifying => verifyVhd(file, footer, map, verifying),
    locate: makeVhdMap(map),
  };
}

function tableOfEnds({ file, tableOffset, blocks, bitmapSize, blockSize }: VhdMap) {
  return {
    reader: file,
    start: tableOffset,
    length: blocks * 4,
    /** The end of each block that the bytes of the table name. */
    *blockEnds(bytes: Buffer) {
      for (let at = 0; at + 4 <= bytes.length; at += 4) {
        const sector = bytes.readUInt32BE(at);
        if (sector !== unused) yield sector * 512 + bitmapSize + blockSize;
      }
    },
  };
}
