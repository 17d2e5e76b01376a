import { escapeComma } from '../guest/escape-comma.ts';

/** Where a machine's screen can be reached by VNC. */
export type VncPlaces =
  | {
      readonly kind: 'sockets';
      /** Path of the socket for programs of this user, who alone may enter its folder; asks for no password. */
      readonly open: string;
      /** Path of the socket that asks for a password and refuses everybody while none is set. */
      readonly guarded: string;
    }
  | {
      /** For QEMU on Windows: a port on 127.0.0.1 with a password, the first that is free from `firstPort` on. */
      readonly kind: 'loopback';
      /** 5900 when left out, which VNC counts from; not below it. */
      readonly firstPort?: number | undefined;
    };

/** By these QEMU tells which display is which (`query-vnc-servers`). */
export const displayIds = { open: 'vmbridge-open', guarded: 'vmbridge-guarded' } as const;

const basePort = 5900;
const triedPorts = 1000;

/** QEMU's arguments for those displays. A build without VNC does not start with them. */
export function buildVncArguments(places: VncPlaces): string[] {
  if (places.kind === 'loopback') {
    const number = (places.firstPort ?? basePort) - basePort;
    return ['-vnc', `127.0.0.1:${number},to=${number + triedPorts},password=on,id=${displayIds.guarded}`];
  }
  // The guarded one comes first: commands about passwords mean the first display, and QEMU before 7.0 can name none.
  return [
    ...['-vnc', `unix:${escapeComma(places.guarded)},password=on,id=${displayIds.guarded}`],
    ...['-vnc', `unix:${escapeComma(places.open)},id=${displayIds.open}`],
  ];
}
