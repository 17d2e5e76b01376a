import type { EngineVersion } from '../engine.ts';

/**
 * Reads what a program of QEMU prints when asked for its version:
 *
 *     QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)
 *     qemu-img version 11.0.50 (v11.0.0-12345-gabcdef-dirty)
 */
export function parseEngineVersion(output: string): EngineVersion | undefined {
  const found = /^.*\bversion (\d+)\.(\d+)(?:\.(\d+))?.*$/m.exec(output);
  if (!found) return undefined;
  const [text, major, minor, micro = '0'] = found;
  return { text: text.trim(), major: Number(major), minor: Number(minor), micro: Number(micro) };
}
