import type { DiskLayerReport, LayerLog } from '../../../model/image.ts';
import type { Fact } from './facts.ts';
import { formatSize } from './format-size.ts';

/** What is worth knowing of the files of a chain: logs that are replayed, and how much each file holds itself. */
export function describeLayers(layers: readonly DiskLayerReport[]): Fact[] {
  const isChain = layers.length > 1;
  return layers.flatMap((layer, index): Fact[] => {
    const name = (what: string) => (isChain ? `${what} ${index + 1}` : what);
    return [
      [name('log'), layer.log && layer.log.state !== 'clean' ? describeLog(layer.log) : undefined],
      [name('blocks'), describeBlocks(layer)],
      [name('data id'), isChain ? layer.dataId : undefined],
    ];
  });
}

function describeLog({ state, totalEntries, entries }: LayerLog): string {
  if (state === 'idle') return 'not closed, nothing to replay';
  const writes = entries.reduce((sum, entry) => sum + entry.writes, 0);
  const more = totalEntries > entries.length ? ' and more' : '';
  return `not closed: ${totalEntries} entries (${writes} sectors${more}) replayed in memory`;
}

function describeBlocks({ allocation, blockSize }: DiskLayerReport): string | undefined {
  if (!allocation || blockSize === undefined) return undefined;
  const { blocks, present, partlyPresent, allocatedBytes } = allocation;
  const partly = partlyPresent === 0 ? '' : `, ${partlyPresent} in part`;
  return `${present} of ${blocks} held${partly} (${formatSize(allocatedBytes)} in blocks of ${formatSize(blockSize)})`;
}
