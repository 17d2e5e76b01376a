import type { DiskLayerReport } from '../model/image.ts';
import type { DiskImage } from './disk-image.ts';
import type { DiskLayer } from './disk-layer.ts';

/** Counting the blocks of a larger table would make a look at it slow. */
const mostBlocks = 8 * 1024 * 1024;

/** The files of a chain, nearest first, as they are told to whoever asks. Their blocks are counted where there are few enough. */
export async function describeLayers({ layers }: DiskImage, signal?: AbortSignal): Promise<DiskLayerReport[]> {
  const reports: DiskLayerReport[] = [];
  for (const layer of layers) reports.push(await describeLayer(layer, signal));
  return reports;
}

async function describeLayer(layer: DiskLayer, signal?: AbortSignal): Promise<DiskLayerReport> {
  const { path, format, variant, virtualSize, fileSize, sectorSize, blockSize, dataId, parentDataId, log } = layer;
  const countable = layer.survey && (blockSize === undefined || virtualSize / blockSize <= mostBlocks);
  const allocation = countable ? await layer.survey?.(signal) : undefined;
  return {
    path,
    format,
    ...(variant !== undefined && { variant }),
    virtualSize,
    fileSize,
    sectorSize,
    ...(blockSize !== undefined && { blockSize }),
    ...(dataId !== undefined && { dataId }),
    ...(parentDataId !== undefined && { parentDataId }),
    ...(log && { log }),
    ...(allocation && { allocation }),
  };
}
