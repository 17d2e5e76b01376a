import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Rewrites the arguments so that the real QEMU emulates what was to be run by KVM. */
const emulate =
  String.raw`args=("\${@/#kvm*/tcg}"); args=("\${args[@]/#host,*/max}"); args=("\${args[@]/#Nehalem,*/max}")`.replaceAll(
    '\\$',
    '$',
  );

/**
 * A program that behaves like a QEMU with a KVM. `script` is bash: it sees QEMU's arguments as `$@`, and `isTrial` as 1
 * when they are those of a trial; what it does not end is the real QEMU, with KVM replaced by emulation.
 */
export async function writeStandIn(folder: string, system: string, script: string): Promise<string> {
  const file = path.join(folder, 'qemu-system-x86_64');
  const lines = [
    '#!/bin/bash',
    'all="$*"; isKvm=0; isTrial=0',
    'case "$all" in *"-accel kvm"*) isKvm=1;; esac',
    'case "$all" in *path=debug.log*) isTrial=1;; esac',
    script,
    emulate,
    `exec ${quote(system)} "\${args[@]}"`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  await chmod(file, 0o755);
  return file;
}

/** Bash for a machine under KVM that runs and, some seconds later, stops with an internal error. */
export function failLater(system: string, seconds: number): string {
  const program = path.join(import.meta.dirname, 'late-failure-qemu.mjs');
  const command = [process.execPath, program, system, String(seconds)].map(quote).join(' ');
  return `if [ $isKvm$isTrial = 10 ]; then exec ${command} "$@"; fi`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
