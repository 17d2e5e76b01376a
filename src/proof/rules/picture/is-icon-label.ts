import type { TextBox } from '../../screen/text-box.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureScene } from './picture-rule.ts';
import { findMiddle } from './scene-text.ts';

/** Icons of a desktop are about as high as this at most, and the gap to their name. */
const iconHeight = 72;

/** Whether a text is the name of an icon on a desktop: short, near a side, in no window, below a drawing and no other text. */
export function isIconLabel({ layout, picture, boxes }: PictureScene, box: TextBox): boolean {
  const { x, y } = findMiddle(box);
  const isAtSide = x < layout.width * 0.16 || x > layout.width * 0.86;
  if (!isAtSide || box.width > layout.width * 0.15 || box.height > layout.height * 0.035) return false;
  const isInWindow = layout.cards.some(
    ({ left, top, width, height }) => x > left && x < left + width && y > top && y < top + height,
  );
  const top = box.top - iconHeight;
  const isAbove = (other: TextBox): boolean => {
    const middle = findMiddle(other);
    return other !== box && Math.abs(middle.x - x) < layout.width * 0.08 && middle.y > top && middle.y < box.top;
  };
  const icon = { left: x - iconHeight / 2, top, width: iconHeight, height: iconHeight - 6 };
  return !isInWindow && !boxes.some(isAbove) && measureInk(picture, icon) > 0.25;
}
