import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { escapeControls } from '../../errors/escape.ts';
import { encodePng } from '../../host/png/encode-png.ts';
import { refuseExisting, writeNewFile } from '../../host/write-new-file.ts';
import type { CallContext } from '../../model/call.ts';
import { readText } from '../../proof/screen/read-text.ts';
import { Capture } from '../../qemu/guest/capture.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { findLiveRecord, reachLiveGuest } from './reach-live-guest.ts';
import type { QemuSession } from './session.ts';

/** The screen as it is now, also that of a paused machine and the last one of a guest that has shut down. */
export async function takeScreenshot(
  session: QemuSession,
  { vm, text, ...input }: ToolInput<'vm.screenshot'>,
  call: CallContext,
): Promise<ToolOutput<'vm.screenshot'>> {
  const { record, file } = await prepareScreenshot(session, { vm, file: input.file }, call);
  const { picture, vgaText } = await reachLiveGuest(session, record, vm, call, async ({ qmp }) => {
    const capture = new Capture(qmp, record.folder);
    const taken = await capture.screen(call.signal);
    return { picture: taken, vgaText: text ? await capture.text(call.signal) : undefined };
  });
  const reading = text ? await readText(picture, vgaText, call.signal) : undefined;
  const png = encodePng(picture);
  if (file !== undefined) await writeNewFile(file, png, 'file');
  return {
    width: picture.width,
    height: picture.height,
    format: 'png',
    ...(file === undefined ? { data: png.toString('base64') } : { file }),
    ...(reading && { text: reading.lines.map(escapeControls), textMethod: reading.method }),
  };
}

/** The machine, and the file that is to be made. Throws `conflict` when that is there. */
export async function prepareScreenshot(
  session: QemuSession,
  input: { readonly vm: string; readonly file?: string | undefined },
  call: CallContext,
): Promise<{ record: GuestRecord; file: string | undefined }> {
  const file = input.file === undefined ? undefined : path.resolve(input.file);
  const [record] = await Promise.all([
    findLiveRecord(session, input.vm, call),
    file === undefined ? undefined : refuseExisting(file, 'file'),
  ]);
  return { record, file };
}
