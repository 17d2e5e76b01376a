import { createHmac } from 'node:crypto';
import { Fault } from '../../../errors/fault.ts';

/** Seconds for which a code is good. */
export const totpPeriod = 30;

export interface TotpSettings {
  readonly digits: number;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
}

const usual: TotpSettings = { digits: 6, algorithm: 'sha1' };

/** The code of RFC 6238 for a moment, in seconds since 1970. */
export function computeTotp(key: Buffer, seconds: number, { digits, algorithm } = usual): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / totpPeriod)));
  const digest = createHmac(algorithm, key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** Base32 of RFC 4648, in either case, with or without blanks and padding. Throws `invalid`, which does not quote it. */
export function decodeBase32(text: string): Buffer {
  const plain = text.toUpperCase().replace(/[\s-]|=+\s*$/g, '');
  if (!/^[A-Z2-7]+$/.test(plain)) {
    throw new Fault('invalid', 'The secret of the second factor is not base32.', {
      remedy: 'Keep the text that was shown beside the QR code: letters and the digits 2 to 7.',
      data: { field: 'totp' },
    });
  }
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of plain) {
    value = ((value << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}
