import { randomBytes } from 'node:crypto';

/** A random address from the block that QEMU uses, e.g. `52:54:00:12:34:56`. */
export function createMac(): string {
  const bytes = [0x52, 0x54, 0x00, ...randomBytes(3)];
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join(':');
}
