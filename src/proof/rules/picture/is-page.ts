import type { PictureScene } from './picture-rule.ts';

/** Whether most of a screen is nearly white, as pages of a browser are: no screen is where nobody has signed in. */
export function isPage({ layout }: Pick<PictureScene, 'layout'>): boolean {
  const { colour, share } = layout.dominant;
  return share > 0.5 && [colour >> 16, (colour >> 8) & 255, colour & 255].every(part => part >= 0xe0);
}
