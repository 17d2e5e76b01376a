import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileContent } from '../file-system.ts';
import { bytesContent, placedContent } from '../placed-content.ts';
import { compressedContent } from './compressed-content.ts';
import type { NtfsAttribute } from './parse-attributes.ts';
import { RunList } from './run-list.ts';

const largestUnitSize = 1024 * 1024;

/** The content of a value: all parts of one attribute, in the order of their clusters. */
export function openValue(volume: ByteReader, clusterSize: number, parts: readonly NtfsAttribute[]): FileContent {
  const [first] = parts;
  if (first?.firstCluster !== 0) throw invalidStructure(volume.path, 'NTFS attribute', 0, 'has no beginning');
  if (first.isEncrypted) {
    throw new Fault('unsupported', `A file in "${volume.path}" is encrypted by Windows (EFS).`, {
      remedy: 'Copy it in a running Windows, as the user who encrypted it.',
      data: { path: volume.path },
    });
  }
  const { value, size, written, unitClusters } = first;
  if (value) return bytesContent(volume.path, 'NTFS file record', value, size);
  const runs = new RunList(volume, parts);
  if (unitClusters > 0 && unitClusters * clusterSize <= largestUnitSize) {
    return compressedContent(volume, { size, written, unitClusters, clusterSize, runs });
  }
  if (unitClusters > 0) throw invalidStructure(volume.path, 'NTFS attribute', 0, 'is compressed in impossible units');
  return placedContent(volume, {
    structure: 'NTFS cluster run',
    size,
    locate(offset) {
      if (offset >= written) return { at: undefined, length: size - offset };
      const cluster = Math.floor(offset / clusterSize);
      const within = offset - cluster * clusterSize;
      const { start, clusters } = runs.find(cluster);
      const length = Math.min(clusters * clusterSize - within, written - offset);
      return { at: start === undefined ? undefined : start * clusterSize + within, length };
    },
  });
}
