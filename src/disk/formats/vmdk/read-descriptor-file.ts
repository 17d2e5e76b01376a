import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { parseDescriptor, type VmdkDescriptor } from './parse-descriptor.ts';

const longest = 1024 * 1024;

/** A descriptor that is a text file of its own. */
export async function readDescriptorFile(file: ByteReader, signal?: AbortSignal): Promise<VmdkDescriptor> {
  const fail = (problem: string) => invalidStructure(file.path, 'VMDK descriptor', 0, problem);
  if (file.size > longest) throw fail('is not text of a sensible length');
  const text = (await file.read(0, file.size, signal)).toString('utf8');
  if (!isDescriptor(text)) throw fail('does not begin with "# Disk DescriptorFile"');
  const descriptor = parseDescriptor(text);
  if (descriptor.extents.length === 0) throw fail('names no extent');
  return descriptor;
}

/** Whether text begins as a VMDK descriptor does. */
export function isDescriptor(text: string): boolean {
  return /^\s*#\s*Disk DescriptorFile/i.test(text);
}
