import { promisify } from 'node:util';
import { constants, inflateRaw, zstdDecompress } from 'node:zlib';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { zstdFrameLength } from '../../source/zstd-frame-length.ts';

// A frame may ask for a window of 128 MiB; a cluster has at most 2.
const smallWindow = { [constants.ZSTD_d_windowLogMax]: 22 };
const inflateRawAsync = promisify(inflateRaw);
const zstdDecompressAsync = promisify(zstdDecompress);

/** One compressed cluster: raw deflate or one Zstandard frame, each followed by bytes that do not belong to it. */
export async function inflateCluster(
  path: string,
  packed: Buffer,
  offset: number,
  clusterSize: number,
  compression: 'zlib' | 'zstd',
): Promise<Buffer> {
  const fail = (problem: string) => invalidStructure(path, 'compressed cluster', offset, problem, { compression });
  // Never more than a cluster comes out, whatever goes in.
  const limit = { maxOutputLength: clusterSize };
  let bytes: Buffer;
  try {
    bytes =
      compression === 'zlib'
        ? await inflateRawAsync(packed, limit)
        : await zstdDecompressAsync(packed.subarray(0, zstdFrameLength(packed)), { ...limit, params: smallWindow });
  } catch (error) {
    throw Object.assign(fail('can not be decompressed'), { cause: error });
  }
  if (bytes.length !== clusterSize) throw fail('is shorter than a cluster when decompressed');
  return bytes;
}
