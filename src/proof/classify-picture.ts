import { allPictureRules } from './rules/picture/all-picture-rules.ts';
import type { PictureFinding, PictureRule, PictureScene } from './rules/picture/picture-rule.ts';

export interface PictureMatch extends PictureFinding {
  readonly rule: PictureRule;
}

/** All rules for pictures that hold, the one that counts most first. Says the same for the same screen, always. */
export function classifyPicture(scene: PictureScene): PictureMatch[] {
  const matches: PictureMatch[] = [];
  for (const rule of allPictureRules) {
    const finding = rule.find(scene);
    if (finding) matches.push({ rule, ...finding });
  }
  return matches;
}
