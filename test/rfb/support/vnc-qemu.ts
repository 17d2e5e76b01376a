import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProgram } from '../../../src/host/start-program.ts';
import type { Picture } from '../../../src/model/picture.ts';
import { setPassword } from '../../../src/qemu/console/display-password.ts';
import { buildVncArguments } from '../../../src/qemu/console/vnc-arguments.ts';
import { findEngine } from '../../../src/qemu/find-engine.ts';
import { Capture } from '../../../src/qemu/guest/capture.ts';
import { connectQmp } from '../../../src/qemu/qmp/connect-qmp.ts';
import { createBootDisk, halt } from '../../qemu/support/boot-sector.ts';

/** A real QEMU with a picture of many colours on its screen, and its VNC displays: one without a password and without QEMU's delay of keys, and one with both. */
export interface VncQemu {
  open(): Socket;
  guarded(): Socket;
  setPassword(password: string): Promise<void>;
  /** The screen as QEMU itself writes it into a file. */
  screendump(): Promise<Picture>;
  /** Keys that have reached the keyboard of the machine so far, e.g. `ctrl down`. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Sets 256 colours and writes each of them: mov ax, 0x13; int 0x10; es = 0xa000; again: [di] = di ^ (di >> 8); 64 K times; [0] = 15. */
const paint = [
  ...[0xb8, 0x13, 0x00, 0xcd, 0x10, 0xb8, 0x00, 0xa0, 0x8e, 0xc0, 0x31, 0xff],
  ...[0x89, 0xf8, 0x30, 0xe0, 0xaa, 0x83, 0xff, 0x00, 0x75, 0xf6],
  // The first pixel turns white once all are written.
  ...[0xb0, 0x0f, 0xaa],
];

export async function startVncQemu(): Promise<VncQemu> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vmb-rfb-'));
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('disk.img'), createBootDisk([...paint, ...halt]));
  const { system } = await findEngine();
  const program = await startProgram(
    system,
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc', '-accel', 'tcg', '-m', '32M'],
      ...['-device', 'VGA', '-drive', `file=${at('disk.img')},format=raw`],
      ...['-chardev', `socket,id=q,path=${at('qmp.sock')},server=on,wait=off`, '-mon', 'chardev=q,mode=control'],
      ...['-trace', 'input_event_key_qcode', '-D', at('trace.log')],
      ...buildVncArguments({ kind: 'sockets', open: at('open.sock'), guarded: at('guarded.sock') }).map(word =>
        word.includes('open.sock') ? `${word},key-delay-ms=0` : word,
      ),
    ],
    { cwd: folder },
  );
  const qmp = await connectQmp(at('qmp.sock'), { connectMs: 20_000 });
  const keys = async () => {
    const log = await readFile(at('trace.log'), 'utf8').catch(() => '');
    return [...log.matchAll(/key qcode (\w+), down (\d)/g)].map(
      ([, name, down]) => `${name} ${down === '1' ? 'down' : 'up'}`,
    );
  };
  return {
    open: () => connect(at('open.sock')),
    guarded: () => connect(at('guarded.sock')),
    setPassword: password => setPassword(qmp, password, 60),
    screendump: () => new Capture(qmp, folder).screen(),
    keys,
    stop: async () => {
      qmp.close();
      program.kill();
      await program.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
