import type { Obstacle } from '../../model/image.ts';
import type { OpenFile } from '../source/open-file.ts';
import type { FollowedParent, FormatReader, ImageLayout, OpenContext } from './format.ts';
import { makeClusterMap } from './qcow2/cluster-map.ts';
import { describeClusterTables } from './qcow2/describe-tables.ts';
import { openDataFile } from './qcow2/open-data-file.ts';
import { type Qcow2Header, readQcow2Header } from './qcow2/read-header.ts';
import { truncatedTree } from './truncated-tree.ts';

const noParent: FollowedParent = { parents: [], obstacles: [] };

/** QEMU's own format, versions 2 and 3, with backing chains, compressed clusters, subclusters and external data files. */
export const qcow2Format: FormatReader = {
  format: 'qcow2',
  async open(file, context): Promise<ImageLayout> {
    const header = await readQcow2Header(file, context.signal);
    const truncated = await truncatedTree(file, describeClusterTables(file, header), context.signal);
    const followed = await followBacking(file, header, context);
    const data = await openData(file, header, context, followed);
    return {
      variant: variantOf(header),
      virtualSize: header.virtualSize,
      sectorSize: 512,
      parents: followed.parents,
      obstacles: [...followed.obstacles, ...data.obstacles, ...headerObstacles(file.path, header), ...truncated],
      parent: followed.image,
      files: data.file ? [data.file] : [],
      locate: makeClusterMap(file, data.source, header),
    };
  },
};

async function openData(file: OpenFile, header: Qcow2Header, context: OpenContext, followed: FollowedParent) {
  try {
    return await openDataFile(file, header, context);
  } catch (error) {
    await followed.image?.close();
    throw error;
  }
}

async function followBacking(file: OpenFile, header: Qcow2Header, context: OpenContext): Promise<FollowedParent> {
  if (header.backingFile === undefined) return noParent;
  return await context.followParent(file.path, header.backingFile, header.backingFormat);
}

function variantOf(header: Qcow2Header): string {
  const compat = header.version === 2 ? '0.10' : '1.1';
  return header.backingFile === undefined ? `compat ${compat}` : `compat ${compat}, overlay`;
}

function headerObstacles(path: string, header: Qcow2Header): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (header.encryption !== undefined) {
    obstacles.push({
      code: 'encrypted',
      blocking: true,
      message: `"${path}" is encrypted (${header.encryption}); nothing on it can be read without its key.`,
      remedy: 'Decrypt a copy with qemu-img convert and the key (--object secret), and use that.',
    });
  }
  if (header.corrupt) {
    obstacles.push({
      code: 'marked_corrupt',
      blocking: false,
      message: `"${path}" is marked as corrupt: a program found its tables damaged. It can only be read.`,
      remedy: 'Copy the file and repair the copy: qemu-img check -r all COPY.',
    });
  }
  return obstacles;
}
