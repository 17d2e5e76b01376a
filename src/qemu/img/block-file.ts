import type { BlockNode } from '../guest/source-node.ts';

/** A block node as qemu-img takes it in the place of a file name. */
export function blockFile(node: BlockNode): string {
  return `json:${JSON.stringify(node)}`;
}
