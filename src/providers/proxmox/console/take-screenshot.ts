import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput } from '../../../catalog/types.ts';
import { escapeControls } from '../../../errors/escape.ts';
import { encodePng } from '../../../host/png/encode-png.ts';
import { refuseExisting, writeNewFile } from '../../../host/write-new-file.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Picture } from '../../../model/picture.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { readText } from '../../../proof/screen/read-text.ts';
import type { RfbClient } from '../../../rfb/rfb-client.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { watchScreen } from './reach-screen.ts';
import { requireScreen } from './require-live.ts';
import { planScreen } from './screen-requests.ts';

type Session = ProxmoxSession;

/** A terminal has drawn nothing yet when it is looked at first. */
const emptyPauseMilliseconds = 500;

export const takeScreenshot: Operation<Session, 'vm.screenshot'> = async (session, input, call) => {
  const { guest, file } = await prepare(session, input, call);
  const picture = await watchScreen(session, guest, call.signal, client =>
    guest.type === 'lxc' ? captureTerminal(client, call.signal) : client.capture(),
  );
  const reading = input.text ? await readText(picture, undefined, call.signal) : undefined;
  const png = encodePng(picture);
  if (file !== undefined) await writeNewFile(file, png, 'file');
  return {
    width: picture.width,
    height: picture.height,
    format: 'png',
    ...(file === undefined ? { data: png.toString('base64') } : { file }),
    ...(reading && { text: reading.lines.map(escapeControls), textMethod: reading.method }),
  };
};

export const planScreenshot: Planner<Session, 'vm.screenshot'> = async (session, input, call) => {
  const { guest, file } = await prepare(session, input, call);
  const written: PlanStep[] =
    file === undefined ? [] : [{ summary: 'Write the picture, in PNG.', file: { action: 'create', path: file } }];
  return [...(await planScreen(session, guest, call.signal)), ...written];
};

async function prepare(session: Session, input: ToolInput<'vm.screenshot'>, { signal }: CallContext) {
  const file = input.file === undefined ? undefined : path.resolve(input.file);
  const [{ guest }] = await Promise.all([
    requireScreen(session, input.vm, signal),
    file === undefined ? undefined : refuseExisting(file, 'file'),
  ]);
  return { guest, file };
}

async function captureTerminal(client: RfbClient, signal: AbortSignal): Promise<Picture> {
  const first = await client.capture();
  if (!first.rgb.every((value, at) => value === first.rgb[at % 3])) return first;
  await delay(emptyPauseMilliseconds, undefined, { signal }).catch(() => {});
  return client.capture();
}
