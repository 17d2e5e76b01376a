import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Picture } from '../../src/model/picture.ts';

/** A QEMU that only shows its screen: enough to measure fonts with. */
export interface Machine {
  capture(): Promise<Picture>;
  /** Waits until the serial line has said `text`, and gives what came before it. */
  waitForSerial(text: string): Promise<string>;
  /** Waits until two captures in a row, `milliseconds` apart, are the same and not blank. */
  waitForStill(milliseconds: number): Promise<Picture>;
  writeSerial(text: string): void;
  stop(): Promise<void>;
}

function parsePpm(file: Buffer): Picture {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(file.subarray(0, 64).toString('latin1'));
  if (header === null) throw new Error('screendump wrote no PPM');
  return { width: Number(header[1]), height: Number(header[2]), rgb: file.subarray(header[0].length) };
}

async function connect(path: string): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = createConnection(path);
    const connected = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (connected) return socket;
    if (attempt > 100) throw new Error(`nothing listens at ${path}`);
    await sleep(50);
  }
}

function talk(socket: Socket): (command: string, args?: object) => Promise<void> {
  let pending = '';
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  socket.on('data', data => {
    pending += data.toString();
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
      if (message.error !== undefined) waiting.shift()?.reject(new Error(message.error.desc));
      else if ('return' in message) waiting.shift()?.resolve();
    }
  });
  return (command, args) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      socket.write(`${JSON.stringify({ execute: command, arguments: args ?? {} })}\n`);
    });
}

/** Starts QEMU under TCG with `extra` arguments; its sockets and dumps go into `folder`. */
export async function startMachine(folder: string, extra: string[]): Promise<Machine> {
  const monitor = join(folder, 'qmp.sock');
  const serial = join(folder, 'serial.sock');
  const args = ['-nodefaults', '-no-user-config', '-accel', 'tcg', '-display', 'none', '-vga', 'std', '-m', '768'];
  args.push('-qmp', `unix:${monitor},server=on,wait=off`, '-serial', `unix:${serial},server=on,wait=off`);
  const child: ChildProcess = spawn('qemu-system-x86_64', [...args, ...extra], { stdio: 'inherit' });
  // A measurement that fails leaves no machine behind.
  process.once('exit', () => child.kill());
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const execute = talk(await connect(monitor));
  await execute('qmp_capabilities');
  const line = await connect(serial);
  let said = '';
  line.on('data', data => {
    said += data.toString('latin1');
  });
  async function capture(): Promise<Picture> {
    const filename = join(folder, 'screen.ppm');
    await execute('screendump', { filename });
    return parsePpm(readFileSync(filename));
  }
  return {
    capture,
    async waitForSerial(text) {
      for (let tries = 0; !said.includes(text); tries++) {
        if (tries > 1200) throw new Error(`the serial line never said ${text}: ${said.slice(-1000)}`);
        await sleep(50);
      }
      const [before = ''] = said.split(text, 1);
      said = said.slice(before.length + text.length);
      return before;
    },
    async waitForStill(milliseconds) {
      let before = await capture();
      for (let tries = 0; tries < 200; tries++) {
        await sleep(milliseconds);
        const after = await capture();
        const blank = after.rgb.every(value => value === after.rgb[0]);
        if (!blank && Buffer.compare(before.rgb, after.rgb) === 0) return after;
        before = after;
      }
      throw new Error('the screen never came to rest');
    },
    writeSerial: text => void line.write(text),
    async stop() {
      line.destroy();
      child.kill();
      await ended;
    },
  };
}
