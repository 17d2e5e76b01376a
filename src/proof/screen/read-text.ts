import type { Picture } from '../../model/picture.ts';
import type { ScreenReading } from './read-screen.ts';

/** Text on a screen: exactly where the font is known, else by optical recognition. Both are loaded at the first use only. */
export async function readText(
  picture: Picture,
  vgaText: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<ScreenReading> {
  const { readScreen } = await import('./read-screen.ts');
  const exact = readScreen(picture, vgaText);
  if (exact.method !== 'none') return exact;
  const { OpticalReader } = await import('./optical-reader.ts');
  const reader = new OpticalReader();
  try {
    return await reader.read(picture, signal);
  } finally {
    await reader.close();
  }
}
