import { Fault } from '../../../errors/fault.ts';

const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Proxmox VE takes names of machines that could be those of hosts only. Throws `invalid` for others. */
export function checkGuestName(name: string): string {
  if (name.split('.').every(part => label.test(part))) return name;
  throw new Fault('invalid', `Proxmox VE takes no machine with the name "${name}".`, {
    remedy: 'Use letters, digits and "-", and dots between such words.',
    data: { field: 'name' },
  });
}
