import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Fault } from '../../errors/fault.ts';
import type { ByteReader } from '../byte-reader.ts';
import { securityTypes } from '../handshake/authenticate.ts';
import { encryptChallenge } from '../handshake/encrypt-challenge.ts';
import { formatVersion, type MinorVersion, parseVersion, versionLength } from '../handshake/protocol-version.ts';

/** A viewer that has said what it has to, and waits to hear whether it is let in. */
export interface WaitingViewer {
  /** From here on the viewer talks to what is behind. */
  admit(): void;
  /** Tells it why not, as far as its version has words for that. */
  refuse(reason: string): void;
}

/** Plays the server of RFB to a viewer, up to the point at which it is let in. Throws `denied` for a wrong password. */
export async function askViewer(
  reader: ByteReader,
  stream: Duplex,
  password: string | undefined,
): Promise<WaitingViewer> {
  stream.write(formatVersion(8));
  const version = parseVersion(await reader.read(versionLength));
  const type = password === undefined ? securityTypes.none : securityTypes.password;
  await offerType(reader, stream, version, type);
  const viewer = answerTo(stream, version, type);
  if (password !== undefined && !(await knowsPassword(reader, stream, password))) {
    viewer.refuse('The password is wrong.');
    throw new Fault('denied', 'A viewer of the console had a wrong password.');
  }
  return viewer;
}

async function offerType(reader: ByteReader, stream: Duplex, version: MinorVersion, type: number): Promise<void> {
  if (version === 3) {
    stream.write(Buffer.from([0, 0, 0, type]));
    return;
  }
  stream.write(Buffer.from([1, type]));
  const chosen = await reader.byte();
  if (chosen === type) return;
  answerTo(stream, version, securityTypes.password).refuse('That way of logging in was not offered.');
  throw new Fault('denied', 'A viewer of the console chose a way of logging in that was not offered.', {
    data: { chosen },
  });
}

async function knowsPassword(reader: ByteReader, stream: Duplex, password: string): Promise<boolean> {
  const challenge = randomBytes(16);
  stream.write(challenge);
  return timingSafeEqual(await reader.read(16), encryptChallenge(challenge, password));
}

function answerTo(stream: Duplex, version: MinorVersion, type: number): WaitingViewer {
  // Before 3.8 nothing was said where no password was asked for.
  const silent = type === securityTypes.none && version < 8;
  return {
    admit: () => {
      if (!silent) stream.write(Buffer.from([0, 0, 0, 0]));
    },
    refuse: reason => {
      const text = Buffer.from(reason, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      const told = version === 8 ? [length, text] : [];
      if (silent) stream.end();
      else stream.end(Buffer.concat([Buffer.from([0, 0, 0, 1]), ...told]));
    },
  };
}
