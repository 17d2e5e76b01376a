import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface BareMachine {
  readonly image: string;
  /** As qemu-img calls it. */
  readonly format: string;
  readonly megabytes: number;
  readonly cpus: number;
}

/** How often the script looks at the serial log, in milliseconds. */
const lookEvery = 10;
const limit = 120_000;

/**
 * What a person's script does: an overlay, QEMU with the devices of a proof, and a look at the serial log until it shows the
 * prompt. Returns the milliseconds until then; ending it counts for nothing.
 */
export async function bootBare({ image, format, megabytes, cpus }: BareMachine): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bare-'));
  const overlay = path.join(folder, 'overlay.qcow2');
  const serial = path.join(folder, 'serial.log');
  const began = performance.now();
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', format, overlay]);
  const qemu = spawn('qemu-system-x86_64', [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35,vmport=off', '-accel', 'tcg'],
    ...['-m', `${megabytes}M`, '-smp', String(cpus), '-nic', 'none', '-device', 'VGA'],
    ...['-drive', `if=none,id=disk0,format=qcow2,cache=unsafe,file=${overlay}`],
    ...['-device', 'ide-hd,bus=ide.0,drive=disk0,bootindex=0', '-serial', `file:${serial}`],
    ...['-object', 'rng-builtin,id=rng', '-device', 'virtio-rng-pci,rng=rng', '-device', 'pvpanic'],
  ]);
  const exited = once(qemu, 'exit');
  try {
    while (!readText(serial).includes(' login:')) {
      if (performance.now() - began > limit || qemu.exitCode !== null) throw new Error('Bare QEMU reached no prompt.');
      await wait(lookEvery);
    }
    return performance.now() - began;
  } finally {
    qemu.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
