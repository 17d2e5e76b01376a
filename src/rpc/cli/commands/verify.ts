import { styleText } from 'node:util';
import type { ToolOutput } from '../../../catalog/types.ts';
import { describeLayers } from '../output/describe-layers.ts';
import { renderFacts } from '../output/facts.ts';
import { formatSize } from '../output/format-size.ts';
import { plainText } from '../output/plain-text.ts';
import type { Session } from '../session.ts';
import { type BootInput, imagePath } from './boot-options.ts';

export interface VerifyOptions extends Pick<BootInput, 'format' | 'parents'> {
  readonly sha256?: boolean | undefined;
}

type Output = ToolOutput<'image.verify'>;

/** `vmbridge verify <image>`: exit status 0 only when no error was found and nothing changed meanwhile. */
export async function verifyImage(session: Session, image: string, options: VerifyOptions): Promise<number> {
  const input = { image: imagePath(image), ...options };
  const output = await session.callLong('image.verify', input, { label: 'verifying' });
  if (session.flags.json) session.printJson(output);
  else session.print(describeOutcome(output));
  return output.intact && output.unchanged ? 0 : 1;
}

function describeOutcome(output: Output): string {
  const { intact, path, bytesRead, totalProblems, problems, layers, milliseconds } = output;
  const word = styleText(intact ? 'green' : 'red', intact ? 'INTACT' : 'DAMAGED', { stream: process.stdout });
  const facts = renderFacts(
    [
      ['files', layers.length > 1 ? layers.length : undefined],
      ...describeLayers(layers),
      ['read', formatSize(bytesRead)],
      ['problems', totalProblems === 0 ? 'none' : totalProblems],
      ['sources', describeSources(output)],
      ['duration', `${(milliseconds / 1000).toFixed(1)} s`],
    ],
    '  ',
  );
  const lines = problems.map(({ severity, path: file, structure, offset, message }) => {
    const place = offset === undefined ? structure : `${structure} at byte ${offset}`;
    return `  ${severity}: ${plainText(file)}: ${plainText(place)}: ${plainText(message)}`;
  });
  return [`${word} ${plainText(path)}`, facts, ...lines].join('\n');
}

function describeSources({ sources, unchanged }: Pick<Output, 'sources' | 'unchanged'>): string {
  const compared = sources[0]?.after.sha256 === undefined ? 'size and times' : 'size, times and SHA-256';
  if (unchanged) return `unchanged (${compared} compared before and after)`;
  const changed = sources.filter(source => !source.unchanged).map(({ after }) => after.path);
  return `CHANGED meanwhile: ${changed.join(', ')}`;
}
