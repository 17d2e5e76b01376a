import type { Duplex } from 'node:stream';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import type { ByteReader } from '../byte-reader.ts';
import { protocolFault } from '../protocol-fault.ts';
import { encryptChallenge } from './encrypt-challenge.ts';
import { formatVersion, type MinorVersion, parseVersion, versionLength } from './protocol-version.ts';

export const securityTypes = { invalid: 0, none: 1, password: 2 } as const;

/** Longest text of a refusal that is read. */
const longestReason = 4096;

/**
 * Everything before ClientInit: the version, and the proof that one knows the password. Throws `denied` with the server's
 * reason, `unsupported` for one that wants another kind of proof.
 */
export async function authenticate(reader: ByteReader, stream: Duplex, password: string | undefined): Promise<void> {
  const version = parseVersion(await reader.read(versionLength));
  stream.write(formatVersion(version));
  const type = await agreeOnType(reader, stream, version, password !== undefined);
  if (type === securityTypes.password) {
    stream.write(encryptChallenge(await reader.read(16), password ?? ''));
  } else if (version < 8) return;
  const result = await reader.uint32();
  if (result !== 0) throw refusedFault(version === 8 ? await readReason(reader) : undefined);
}

async function agreeOnType(
  reader: ByteReader,
  stream: Duplex,
  version: MinorVersion,
  hasPassword: boolean,
): Promise<number> {
  if (version === 3) {
    const type = await reader.uint32();
    if (type === securityTypes.invalid) throw refusedFault(await readReason(reader));
    return chooseType([type], hasPassword);
  }
  const count = await reader.byte();
  if (count === 0) throw refusedFault(await readReason(reader));
  const type = chooseType([...(await reader.read(count))], hasPassword);
  stream.write(Buffer.from([type]));
  return type;
}

function chooseType(offered: readonly number[], hasPassword: boolean): number {
  if (hasPassword && offered.includes(securityTypes.password)) return securityTypes.password;
  if (offered.includes(securityTypes.none)) return securityTypes.none;
  if (offered.includes(securityTypes.password)) {
    throw new Fault('denied', 'The VNC server wants a password.', { data: { offered } });
  }
  throw new Fault('unsupported', 'The VNC server wants a way of logging in that is not known here.', {
    data: { offered },
  });
}

async function readReason(reader: ByteReader): Promise<string> {
  const length = await reader.uint32();
  if (length > longestReason) throw protocolFault(`a reason of ${length} bytes`, { length });
  return escapeControls((await reader.read(length)).toString('utf8'));
}

function refusedFault(reason: string | undefined): Fault {
  return new Fault('denied', 'The VNC server refused the connection.', {
    remedy: 'Try again: a password is good for a short time only.',
    data: { ...(reason !== undefined && { reason }) },
  });
}
