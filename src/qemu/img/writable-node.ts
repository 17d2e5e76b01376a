import type { BlockNode } from '../guest/source-node.ts';

/** An image described for reading, to be written to in its own files; what it stands on stays read-only. */
export function makeWritable(image: BlockNode): BlockNode {
  return {
    ...release(image),
    file: release(image.file),
    ...('data-file' in image && { 'data-file': release(image['data-file']) }),
  };
}

function release(node: unknown): object {
  return typeof node === 'object' && node !== null ? { ...node, 'read-only': false } : {};
}
