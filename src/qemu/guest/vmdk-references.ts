import { open } from 'node:fs/promises';

const descriptorSpace = 64 * 1024;

/**
 * The other files that a VMDK names in its descriptor: extents and the parent.
 *
 *     RW 4192256 FLAT "disk-flat.vmdk" 0
 *     parentFileNameHint="base.vmdk"
 */
export async function readVmdkReferences(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(descriptorSpace), 0, descriptorSpace, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    const extents = text.matchAll(/^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+\d+[ \t]+\w+[ \t]+"([^"\n]*)"/gm);
    const parents = text.matchAll(/^[ \t]*parentFileNameHint[ \t]*=[ \t]*"([^"\n]*)"/gim);
    return [...extents, ...parents].map(found => found[1] ?? '');
  } finally {
    await file.close();
  }
}
