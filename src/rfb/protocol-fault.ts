import { Fault } from '../errors/fault.ts';

/** The Fault for what a server may not send. Everything that it sends is checked before it is used. */
export function protocolFault(what: string, data: Readonly<Record<string, unknown>> = {}): Fault {
  return new Fault('failed', `The VNC server sent what its protocol does not allow: ${what}.`, {
    remedy: 'Try again; should it go on, look whether what is behind the address is the screen of a machine.',
    data,
  });
}
