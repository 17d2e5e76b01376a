import { protocolFault } from '../protocol-fault.ts';

/** The minor version of protocol 3 that both sides know. */
export type MinorVersion = 3 | 7 | 8;

/** e.g. `RFB 003.008`, with a newline. */
export const versionLength = 12;

/** What was said in the greeting. Newer and unknown ones, such as Apple's 3.889, are treated as 3.8, as all viewers do. */
export function parseVersion(greeting: Buffer): MinorVersion {
  const match = /^RFB (\d{3})\.(\d{3})\n$/.exec(greeting.toString('latin1'));
  if (match === null) throw protocolFault('a greeting that is none of RFB', { greeting: greeting.toString('hex') });
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major < 3) throw protocolFault(`version ${major}.${minor}`, { major, minor });
  if (major > 3 || minor >= 8) return 8;
  // 3.5 was never published, and is 3.3 (RFC 6143, 7.1.1).
  return minor === 7 ? 7 : 3;
}

export function formatVersion(version: MinorVersion): string {
  return `RFB 003.00${version}\n`;
}
