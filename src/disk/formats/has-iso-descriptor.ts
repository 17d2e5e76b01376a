import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';

/** Whether a volume descriptor of an optical disc stands in sector 16: ISO 9660 ("CD001") or the start of UDF ("BEA01"). */
export async function hasIsoDescriptor(reader: ByteReader, signal?: AbortSignal): Promise<boolean> {
  if (!isInside(32768, 2048, reader.size)) return false;
  const id = (await reader.read(32769, 5, signal)).toString('latin1');
  return id === 'CD001' || id === 'BEA01';
}
