import { createCipheriv } from 'node:crypto';

/** The most of a password that VNC's own authentication takes into account (RFC 6143, 7.2.2). */
export const passwordLength = 8;

/**
 * The answer to a server's challenge: DES of its blocks, keyed by the password with the bits of each byte reversed. OpenSSL 3
 * has plain DES only among its legacy ciphers, but triple DES with the same key three times is the same.
 */
export function encryptChallenge(challenge: Buffer, password: string): Buffer {
  const key = Buffer.alloc(passwordLength);
  key.write(password, 'latin1');
  return encryptBlocks(challenge, Buffer.from(key.map(reverseBits)));
}

/** DES in single blocks (ECB), without padding. */
export function encryptBlocks(blocks: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}
