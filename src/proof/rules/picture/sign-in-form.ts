import type { Area } from '../../screen/layout/layout-facts.ts';
import type { TextBox } from '../../screen/text-box.ts';
import { findBarClock } from './clocks.ts';
import { isPage } from './is-page.ts';
import { isVetoed } from './is-vetoed.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle, toPlainText } from './scene-text.ts';
import { words } from './words.ts';

/** A greeter that draws its form on the bare screen: known by where its parts stand, whatever the language. */
export const signInForm: PictureRule = {
  id: 'picture-sign-in-form',
  state: 'graphical_login',
  certainty: 'likely',
  reason: 'A greeter asks for a name or a password.',
  looksAt:
    'A clock in the middle of the top edge, and on a plain screen a user’s picture with a name, or a word for the password, a field below and a button below each of its ends.',
  seconds: 3,
  find: findForm,
};

function findForm(scene: PictureScene): PictureFinding | undefined {
  const { layout } = scene;
  if (layout.dominant.share < 0.9 || layout.cards.length > 2 || isPage(scene) || isVetoed(scene)) return undefined;
  const field = layout.fields.find(one => isField(scene, one) && hasButtons(layout.fields, one));
  if (!field || layout.fields.length > 5 || !findBarClock(scene, 'top', 'centre')) return undefined;
  const above = scene.boxes.filter(box => {
    const { x, y } = findMiddle(box);
    return y < field.top && y > field.top - layout.height * 0.2 && x > field.left && x < field.left + field.width;
  });
  const line = (above.find(box => isNameOfUser(scene, box, field)) ?? above.find(isPassword))?.text;
  return line === undefined ? undefined : { line };
}

function isPassword({ text }: TextBox): boolean {
  return words.password.test(toPlainText(text));
}

/** Pictures of users are squares of about this many pixels. */
const userSize = 64;

// The picture stands flush with the field, and the name beside it.
function isNameOfUser({ picture }: PictureScene, name: TextBox, field: Area): boolean {
  const gap = name.left - field.left;
  const { y } = findMiddle(name);
  const user = { left: field.left, top: y - userSize / 2, width: userSize, height: userSize };
  return gap > userSize * 0.6 && gap < userSize * 2 && field.top - y > userSize && measureInk(picture, user) > 0.5;
}

function isField({ layout }: PictureScene, { left, top, width }: Area): boolean {
  const isCentral = Math.abs(left + width / 2 - layout.width / 2) < layout.width * 0.03;
  const isBetween = top > layout.height * 0.25 && top < layout.height * 0.75;
  return isCentral && isBetween && width > layout.width * 0.12 && width < layout.width * 0.5;
}

// To go back and to go on: as high as the field, on one line below it, and flush with its two ends.
function hasButtons(fields: readonly Area[], field: Area): boolean {
  const right = field.left + field.width;
  const below = fields.filter(
    ({ top, width, height }) =>
      top > field.top + field.height &&
      top < field.top + field.height * 5 &&
      width < field.width * 0.5 &&
      Math.abs(height - field.height) <= 10,
  );
  return below.some(back =>
    below.some(
      on =>
        Math.abs(back.left - field.left) <= 10 &&
        Math.abs(on.left + on.width - right) <= 10 &&
        Math.abs(back.top - on.top) <= 4,
    ),
  );
}
