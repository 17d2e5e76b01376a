import type { OpenFile } from '../source/open-file.ts';
import type { FollowedParent, FormatReader, ImageLayout, OpenContext } from './format.ts';
import { joinExtents } from './vmdk/join-extents.ts';
import { openCowExtent } from './vmdk/open-cow-extent.ts';
import { openExtents } from './vmdk/open-extents.ts';
import { openSparseExtent } from './vmdk/open-sparse-extent.ts';
import type { VmdkDescriptor } from './vmdk/parse-descriptor.ts';
import { readDescriptorFile } from './vmdk/read-descriptor-file.ts';

const noParent: FollowedParent = { parents: [], obstacles: [] };

/** VMware: one sparse or compressed file, or a descriptor with flat and sparse extents beside it (Workstation and ESXi). */
export const vmdkFormat: FormatReader = {
  format: 'vmdk',
  async open(file, context): Promise<ImageLayout> {
    const magic = (await file.read(0, Math.min(4, file.size), context.signal)).toString('latin1');
    if (magic === 'KDMV') return await openMonolithic(file, context);
    if (magic === 'COWD') {
      const extent = await openCowExtent(file, 1, context.signal);
      return layoutOf(joinExtents([extent]), 'vmfsSparse', noParent);
    }
    const descriptor = await readDescriptorFile(file, context.signal);
    const extents = await openExtents(file, descriptor, context.signal);
    try {
      return layoutOf(joinExtents(extents), descriptor.createType, await followHint(file, descriptor, context));
    } catch (error) {
      await Promise.all(extents.map(extent => extent.file?.close()));
      throw error;
    }
  },
};

async function openMonolithic(file: OpenFile, context: OpenContext): Promise<ImageLayout> {
  const extent = await openSparseExtent(file, 1, context.signal);
  const followed = extent.descriptor ? await followHint(file, extent.descriptor, context) : noParent;
  const type = extent.descriptor?.createType ?? (extent.compressed ? 'streamOptimized' : 'monolithicSparse');
  return layoutOf(joinExtents([extent]), type, followed);
}

async function followHint(file: OpenFile, descriptor: VmdkDescriptor, context: OpenContext): Promise<FollowedParent> {
  if (descriptor.parentHint === undefined) return noParent;
  return await context.followParent(file.path, descriptor.parentHint, 'vmdk');
}

function layoutOf(joined: ReturnType<typeof joinExtents>, variant: string, followed: FollowedParent): ImageLayout {
  const { locate } = joined;
  return {
    variant,
    virtualSize: joined.size,
    sectorSize: 512,
    parents: followed.parents,
    obstacles: [...joined.obstacles, ...followed.obstacles],
    parent: followed.image,
    files: joined.files,
    async locate(offset, length, signal) {
      const piece = await locate(offset, length, signal);
      // What a disk without a parent does not hold is zero.
      return piece.kind === 'parent' && followed.parents.length === 0 ? { kind: 'zero', length: piece.length } : piece;
    },
  };
}
