import { describeSource } from '../guest/source-node.ts';
import type { QmpChannel } from '../qmp/qmp-channel.ts';

const drive = 'cd0';

/** Puts another disc into the drive of a running machine, or takes the one that is in it out. A guest that locks it loses it. */
export async function changeDisc(qmp: QmpChannel, disc: string | null, signal?: AbortSignal): Promise<void> {
  const node = disc === null ? undefined : await describeSource(disc, 'iso');
  await qmp.execute('blockdev-open-tray', { id: drive, force: true }, signal);
  // There is none after a change that failed half way.
  await qmp.execute('blockdev-remove-medium', { id: drive }, signal).catch(() => {});
  // There is none when the machine was started with an empty drive.
  await qmp.execute('blockdev-del', { 'node-name': drive }, signal).catch(() => {});
  if (node !== undefined) {
    await qmp.execute('blockdev-add', { ...node, 'node-name': drive }, signal);
    await qmp.execute('blockdev-insert-medium', { id: drive, 'node-name': drive }, signal);
  }
  await qmp.execute('blockdev-close-tray', { id: drive }, signal);
}
