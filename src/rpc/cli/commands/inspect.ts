import type { ImageInspection } from '../../../model/image.ts';
import { describeLayers } from '../output/describe-layers.ts';
import { renderFacts } from '../output/facts.ts';
import { formatSize } from '../output/format-size.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import { type BootInput, imagePath } from './boot-options.ts';

/** `vmbridge inspect <image>`: what the image holds. */
export async function inspectImage(
  session: Session,
  image: string,
  options: Pick<BootInput, 'format' | 'parents'>,
): Promise<number> {
  const output = await session.call('image.inspect', { image: imagePath(image), ...options }, { label: 'inspecting' });
  if (session.flags.json) session.printJson(output);
  else session.print(await describeInspection(output));
  return 0;
}

async function describeInspection(image: ImageInspection): Promise<string> {
  const { system } = image;
  const facts = renderFacts([
    ['image', image.path],
    ['format', [image.format, image.variant].filter(Boolean).join(', ')],
    ['size', `${formatSize(image.virtualSize)} for the guest, ${formatSize(image.fileSize)} in the file`],
    ['sectors', `${image.sectorSize} bytes`],
    ['parents', image.parents.join(', ')],
    ...describeLayers(image.layers),
    ['table', image.partitionTable],
    ['boot files', image.efiBootFiles.join(', ')],
    ['firmware', image.firmware ?? 'the disk does not say'],
    ['system', `${system.name ?? system.family}${system.architecture === 'unknown' ? '' : `, ${system.architecture}`}`],
    ['bootable', image.bootable ? 'yes' : 'no: nothing that could boot was found'],
  ]);
  const partitions = image.partitions.length === 0 ? [] : ['', await partitionTable(image)];
  return [facts, ...partitions, ...describeObstacles(image)].join('\n');
}

function partitionTable(image: ImageInspection): Promise<string> {
  return renderTable(
    ['#', 'START', 'SIZE', 'TYPE', 'FILE SYSTEM', 'LABEL', 'ACTIVE'],
    image.partitions.map(partition => [
      partition.number,
      partition.start,
      formatSize(partition.size),
      partition.typeName,
      partition.fileSystem,
      partition.label ?? partition.name,
      partition.active ? 'yes' : '',
    ]),
  );
}

function describeObstacles(image: ImageInspection): string[] {
  return image.obstacles.flatMap(({ blocking, message, remedy }) => [
    '',
    `${blocking ? 'in the way' : 'note'}: ${plainText(message)}`,
    ...(remedy === undefined ? [] : [`  → ${plainText(remedy)}`]),
  ]);
}
