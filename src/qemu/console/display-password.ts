import { randomInt } from 'node:crypto';
import type { QmpChannel } from '../qmp/qmp-channel.ts';

/** The most that VNC's own authentication takes into account (RFC 6143, 7.2.2). */
const passwordLength = 8;
/** Without signs that are mistaken for another: a person may have to type it. */
const signs = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

export function createPassword(): string {
  return Array.from({ length: passwordLength }, () => signs[randomInt(signs.length)]).join('');
}

/** Opens the guarded display to whoever has the password, for so many seconds. Connections made by then go on. */
export async function setPassword(
  qmp: QmpChannel,
  password: string,
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  // Expired before it is known, so that there is no moment at which it holds for ever.
  await qmp.execute('expire_password', { protocol: 'vnc', time: 'now' }, signal);
  await qmp.execute('set_password', { protocol: 'vnc', password }, signal);
  await qmp.execute('expire_password', { protocol: 'vnc', time: `+${seconds}` }, signal);
}

/** Closes the guarded display again, by a password that nobody learns. */
export async function forgetPassword(qmp: QmpChannel): Promise<void> {
  await qmp.execute('expire_password', { protocol: 'vnc', time: 'now' });
  await qmp.execute('set_password', { protocol: 'vnc', password: createPassword() });
}
