import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import type { CallContext } from '../../model/call.ts';
import { chooseTargetFormat, shapeArguments } from '../../qemu/img/target-format.ts';
import { type CopyParts, copyImage } from './image/copy-image.ts';
import { changedSource, fingerprintSource } from './image/fingerprint-source.ts';
import { lookOverSource } from './image/open-source.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'image.convert'>;

/** Copies a disk into a new file; what can be refused is refused before anything is made. */
export async function convertImage(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<ToolOutput<'image.convert'>> {
  const started = performance.now();
  const { signal } = call;
  const parts = await prepareConversion(session, input, signal);
  const { source } = parts;
  let before = '';
  const order = {
    ...parts,
    share: [0, 1],
    prepare: async () => {
      before = await fingerprintSource(source, signal);
    },
    check: async () => {
      if ((await fingerprintSource(source, signal)) !== before) throw changedSource(source);
    },
  } as const;
  const { made, warnings } = await copyImage(session, order, call);
  return { ...made, milliseconds: Math.round(performance.now() - started), warnings };
}

/** What is copied, where to and as what; refuses what can be refused. */
export async function prepareConversion(session: QemuSession, input: Input, signal: AbortSignal): Promise<CopyParts> {
  const { verify, compressed, allocate } = input;
  const shape = { format: chooseTargetFormat(input.target, input.targetFormat, 'targetFormat'), compressed, allocate };
  shapeArguments(shape);
  const target = await checkNewFile(input.target, 'target');
  return { source: await lookOverSource(session, input, 'image', signal), target, shape, verify };
}
