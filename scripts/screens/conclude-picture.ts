import type { Picture } from '../../src/model/picture.ts';
import { classifyPicture, type PictureMatch } from '../../src/proof/classify-picture.ts';
import { describeLayout } from '../../src/proof/screen/layout/describe-layout.ts';
import type { TextBox } from '../../src/proof/screen/text-box.ts';

export interface PictureConclusion {
  /** `none` when no rule holds. */
  readonly state: string;
  readonly match: PictureMatch | undefined;
  /** Milliseconds that looking at shapes and colours took. */
  readonly layoutTime: number;
}

/** What the rules conclude of one picture and its reading. */
export function concludePicture(
  picture: Picture,
  reading: { readonly lines: readonly string[]; readonly boxes: readonly TextBox[] },
): PictureConclusion {
  const began = performance.now();
  const layout = describeLayout(picture);
  const layoutTime = performance.now() - began;
  const [match] = classifyPicture({ picture, layout, lines: reading.lines, boxes: reading.boxes });
  return { state: match?.rule.state ?? 'none', match, layoutTime };
}
