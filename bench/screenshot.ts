import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listGuestRecords } from '../src/qemu/guest-records.ts';
import { connectQmp } from '../src/qemu/qmp/connect-qmp.ts';
import type { Bridge } from '../src/rpc/bridge.ts';
import { openBridge } from '../src/rpc/open-bridge.ts';
import { gptUefiGrub, mbrBiosGrub } from '../test/support/images/index.ts';
import { compare } from './support/compare.ts';

const rounds = 40;
const caller = { door: 'cli', signal: new AbortController().signal } as const;

/** A screenshot as PNG file, through the whole bridge, beside QEMU's own PNG of the same screen over a bare QMP channel. */
export async function measureScreenshot(): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  process.env.VMBRIDGE_HOME = home;
  const bridge = await openBridge({ stderrLevel: 'silent' });
  try {
    await measureScreen(bridge, home, 'text screen', await mbrBiosGrub());
    await measureScreen(bridge, home, 'frame buffer', await gptUefiGrub());
  } finally {
    await bridge.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function measureScreen(bridge: Bridge, home: string, kind: string, image: string): Promise<void> {
  const booted = await bridge.call('image.boot', { image, until: 'verdict', wait: 300 }, caller);
  const { machine } = booted.result as { machine: { id: string } };
  const [record] = await listGuestRecords(path.join(home, 'run'));
  if (record === undefined) throw new Error('The machine has no record.');
  const qmp = await connectQmp(record.visitor, { connectMs: 5000 });
  const file = path.join(home, 'screen.png');
  const time = async (take: () => Promise<unknown>) => {
    const began = performance.now();
    await take();
    const milliseconds = performance.now() - began;
    rmSync(file);
    return milliseconds;
  };
  const { width, height } = await bridge.call('vm.screenshot', { vm: machine.id }, caller);
  await compare({
    what: `Screenshot as PNG, ${kind} of ${width} × ${height}`,
    unit: 'milliseconds',
    first: 'vm.screenshot',
    second: "QEMU's screendump",
    limit: 0.6,
    rounds,
    measureFirst: () => time(() => bridge.call('vm.screenshot', { vm: machine.id, file }, caller)),
    measureSecond: () => time(() => qmp.execute('screendump', { filename: file, format: 'png' })),
  });
  qmp.close();
  await bridge.call('vm.stop', { vm: machine.id, force: true }, caller);
}
