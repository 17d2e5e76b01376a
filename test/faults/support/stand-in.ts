import { findTool } from '../../../scripts/sample/run-tool.ts';
import type { FaultPlace } from './fault-case.ts';

export const realEngine = findTool('qemu-system-x86_64') ?? 'qemu-system-x86_64';

/**
 * A program in the place of QEMU. The bash sees QEMU's arguments as `$@`, and `isTrial`, `isKvm` and `isQuestion` (about
 * its version) as 1; what it does not end is the real QEMU, with KVM replaced by emulation.
 */
export function standIn(script: string, accelerator?: 'auto' | 'kvm') {
  return (place: FaultPlace) => ({
    engine: { system: writeStandIn(place, script), ...(accelerator && { accelerator }) },
  });
}

function writeStandIn(place: FaultPlace, script: string): string {
  return place.writeProgram(
    'qemu-system-x86_64',
    `all="$*"; isKvm=0; isTrial=0; isQuestion=0
      case "$all" in *"-accel kvm"*) isKvm=1;; esac
      case "$all" in *path=debug.log*) isTrial=1;; esac
      case "$1" in --version|-L) isQuestion=1;; esac
      if [ $isQuestion = 1 ]; then exec '${realEngine}' "$@"; fi
      ${script}
      args=("\${@/#kvm*/tcg}"); args=("\${args[@]/#host,*/max}"); args=("\${args[@]/#Nehalem,*/max}")
      exec '${realEngine}' "\${args[@]}"`,
  );
}

/** Bash for a QEMU that refuses to start with these words. */
export const refuse = (words: string) => `echo "qemu-system-x86_64: ${words}" >&2; exit 1`;

/** A program of node that serves the sockets that QEMU was told to serve. */
export const serveChannel = (handle: string) => {
  const program = `
    const net = require('node:net');
    for (const word of process.argv.slice(1)) {
      const place = /^socket,id=(?:owner|visitor),path=(.*),server=on,wait=off$/.exec(word);
      if (place) net.createServer(socket => { socket.on('error', () => {}); ${handle} }).listen(place[1]);
    }`;
  return `exec '${process.execPath}' -e '${program.replaceAll("'", String.raw`'\''`)}' -- "$@"`;
};
