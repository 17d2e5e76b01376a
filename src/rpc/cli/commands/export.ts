import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { renderFacts } from '../output/facts.ts';
import { formatSize } from '../output/format-size.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import { type BootInput, imagePath } from './boot-options.ts';

export interface ExportOptions extends Pick<BootInput, 'format' | 'parents'> {
  readonly sha256?: boolean | undefined;
  readonly to?: ToolInput<'image.export'>['targetFormat'];
}

/** `vmbridge export <image> <target>`: one new image of what a chain shows. */
export async function exportImage(
  session: Session,
  image: string,
  rawTarget: string,
  { to, ...options }: ExportOptions,
): Promise<number> {
  if (rawTarget === '')
    throw new Fault('invalid', 'The path of the new image is empty.', { data: { field: 'target' } });
  const input = { image: imagePath(image), target: path.resolve(rawTarget), targetFormat: to, ...options };
  if (session.flags.plan) return session.showPlan('image.export', input);
  const made = await session.callLong('image.export', input, { label: 'exporting' });
  if (session.flags.json) {
    session.printJson(made);
    return 0;
  }
  const compared = made.sources[0]?.after.sha256 === undefined ? 'size and times' : 'size, times and SHA-256';
  const facts = renderFacts([
    ['image', made.path],
    ['format', [made.format, made.variant].filter(Boolean).join(', ')],
    ['size', `${formatSize(made.virtualSize)} for the guest, ${formatSize(made.allocatedSize)} in the file`],
    ['sources', `${made.sources.length} unchanged (${compared} compared before and after)`],
    ['duration', `${(made.milliseconds / 1000).toFixed(1)} s`],
  ]);
  session.print([facts, ...made.warnings.map(warning => `warning: ${plainText(warning)}`)].join('\n'));
  return 0;
}
