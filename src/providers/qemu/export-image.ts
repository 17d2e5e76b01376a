import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import type { CallContext } from '../../model/call.ts';
import type { FileComparison } from '../../model/proof.ts';
import { compareAll, identifyFiles } from '../../proof/evidence/compare-files.ts';
import { chooseTargetFormat, shapeArguments } from '../../qemu/img/target-format.ts';
import { type CopyParts, copyImage } from './image/copy-image.ts';
import { changedSource } from './image/fingerprint-source.ts';
import { lookOverSource } from './image/open-source.ts';
import type { QemuSession } from './session.ts';

const formats = ['raw', 'qcow2', 'vhdx'] as const;

/** Writes the merged view of an image into a new one, and shows that no source was changed by it. */
export async function exportImage(
  session: QemuSession,
  input: ToolInput<'image.export'>,
  call: CallContext,
): Promise<ToolOutput<'image.export'>> {
  const started = performance.now();
  const { signal } = call;
  const parts = await prepareExport(session, input, signal);
  const { source } = parts;
  const files = [source.path, ...source.parents];
  const hashing = input.sha256 ? 0.2 : 0;
  const identify = (from: number, message: string) =>
    identifyFiles(files, {
      sha256: input.sha256,
      signal,
      progress: done => call.progress({ fraction: from + done * hashing, message }),
    });
  let before: Awaited<ReturnType<typeof identify>> = [];
  let sources: FileComparison[] = [];
  const order = {
    ...parts,
    share: [hashing, 1 - hashing],
    prepare: async () => {
      before = await identify(0, 'hashing the image');
    },
    check: async () => {
      sources = compareAll(before, await identify(1 - hashing, 'hashing the image again'));
      if (!sources.every(({ unchanged }) => unchanged)) throw changedSource(source);
    },
  } as const;
  const { made, warnings } = await copyImage(session, order, call);
  return { ...made, sources, unchanged: true, milliseconds: Math.round(performance.now() - started), warnings };
}

/** What is copied, where to and as what; refuses what can be refused. */
export async function prepareExport(
  session: QemuSession,
  input: ToolInput<'image.export'>,
  signal: AbortSignal,
): Promise<CopyParts> {
  const shape = { format: chooseFormat(input), compressed: false, allocate: false };
  shapeArguments(shape);
  const target = await checkNewFile(input.target, 'target');
  return { source: await lookOverSource(session, input, 'image', signal), target, shape, verify: true };
}

function chooseFormat({ target, targetFormat }: ToolInput<'image.export'>): (typeof formats)[number] {
  const format = chooseTargetFormat(target, targetFormat, 'targetFormat');
  const known = formats.find(each => each === format);
  if (known !== undefined) return known;
  throw new Fault('invalid', `An image is exported as ${formats.join(', ')}, and ${target} would be a ${format}.`, {
    remedy: 'Set "targetFormat", choose another suffix, or use image.convert.',
    data: { field: 'targetFormat', format },
  });
}
