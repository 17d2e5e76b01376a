import type { Picture } from '../../../model/picture.ts';
import type { Certainty, VerdictState } from '../../../model/verdict.ts';
import type { Area, LayoutFacts } from '../../screen/layout/layout-facts.ts';
import type { TextBox } from '../../screen/text-box.ts';

/** A graphical screen that stands still, and what is known of it. */
export interface PictureScene {
  readonly picture: Picture;
  readonly layout: LayoutFacts;
  /** What optical recognition has read; it errs at times, and says nothing of letters whose language it has not. */
  readonly lines: readonly string[];
  readonly boxes: readonly TextBox[];
  /** What moved between this picture and one before, where that was as small as a spinner and nothing else moved. */
  readonly spinner?: Area | undefined;
  /** What the disk holds, where that is known. */
  readonly family?: 'windows' | 'linux' | 'bsd' | 'other' | undefined;
}

/** What a rule has found. */
export interface PictureFinding {
  readonly line?: string | undefined;
  readonly stopCode?: string | undefined;
  readonly failedModule?: string | undefined;
}

/** When what is drawn is a verdict. Data: to know another screen is to add a rule. */
export interface PictureRule {
  readonly id: string;
  readonly state: VerdictState;
  readonly certainty: Certainty;
  /** One sentence for people. */
  readonly reason: string;
  /** One sentence about the signs, for the documents. */
  readonly looksAt: string;
  /** Seconds for which it must be seen. */
  readonly seconds: number;
  readonly find: (scene: PictureScene) => PictureFinding | undefined;
}
