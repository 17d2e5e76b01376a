import type { EngineVersion } from '../engine.ts';

/** The two words that give a device to QEMU: JSON, or its older notation before 6.2. Values must not come from outside. */
export function formatDevice(version: EngineVersion, properties: Readonly<Record<string, unknown>>): string[] {
  const takesJson = version.major > 6 || (version.major === 6 && version.minor >= 2);
  if (takesJson) return ['-device', JSON.stringify(properties)];
  const pairs = Object.entries(properties).map(([name, value]) => `${name}=${String(value)}`);
  return ['-device', pairs.join(',')];
}
