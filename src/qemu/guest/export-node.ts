import type { BlockNode } from './source-node.ts';

/** Where a disk is served over NBD, and by which name. */
export interface ServedDisk {
  readonly address:
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'inet'; readonly host: string; readonly port: number };
  readonly name: string;
}

/** Describes a disk that is read over NBD. QEMU connects when it opens the node, and never writes to it. */
export function describeExport({ address, name }: ServedDisk): BlockNode {
  const server =
    address.kind === 'unix'
      ? { type: 'unix', path: address.path }
      : { type: 'inet', host: address.host, port: String(address.port) };
  return { driver: 'nbd', 'read-only': true, server, export: name };
}
