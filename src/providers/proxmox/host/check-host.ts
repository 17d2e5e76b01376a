import path from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import { describeAccount } from '../client/authentication.ts';
import { parseNodeAddress } from '../client/node-address.ts';

/** Refuses settings that no Proxmox VE could be asked with. */
export function checkHost(host: ConfiguredHost): void {
  const addresses = host.addresses.map(parseNodeAddress).map(({ text }) => text);
  describeAccount(host);
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined) throw wrong(`The address ${twice} stands there twice.`, 'Name each node once.', 'addresses');
  if (!host.user?.includes('@')) {
    const example = `${host.user ?? 'root'}@pam`;
    throw wrong(`The account "${host.user}" has no realm.`, `Write it with its realm, e.g. ${example}.`, 'user');
  }
  if (host.totp !== undefined && host.tokenId !== undefined) {
    throw wrong('A token has no second factor.', 'Leave "totp" out, or the token.', 'totp');
  }
  if (host.clientCertificate === undefined && (host.clientKey ?? host.clientKeyPassword) !== undefined) {
    throw wrong('There is a key without its certificate.', 'Name the certificate as well.', 'clientCertificate');
  }
  for (const field of ['caFile', 'clientCertificate', 'clientKey'] as const) {
    const file = host[field];
    if (file === undefined || path.isAbsolute(file)) continue;
    throw wrong(
      `The path ${file} depends on the folder that vmbridge is started in.`,
      'Write it from the root on.',
      field,
    );
  }
}

function wrong(message: string, remedy: string, field: string): Fault {
  return new Fault('invalid', message, { remedy, data: { field } });
}
