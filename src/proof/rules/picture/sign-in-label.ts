import type { Area } from '../../screen/layout/layout-facts.ts';
import { isPage } from './is-page.ts';
import { isVetoed } from './is-vetoed.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle, toPlainText } from './scene-text.ts';

/** A greeter of the old kind: a box that welcomes to the machine and asks as a text console does. */
export const signInLabel: PictureRule = {
  id: 'picture-sign-in-label',
  state: 'graphical_login',
  certainty: 'likely',
  reason: 'A greeter asks for a name.',
  looksAt:
    'A box in the middle of a screen without bars, with a line that welcomes to the machine and “Login:” beside its only field below that.',
  seconds: 3,
  find: findLabel,
};

const label = /^(user ?)?(login|name|benutzername)( name)? ?:/;
const welcome =
  /^welcome to \S|^willkommen (bei|auf|zu) \S|^bienvenue (sur|a) \S|^bienvenido a \S|^benvenut[oi] (su|in|a) \S/;

function findLabel(scene: PictureScene): PictureFinding | undefined {
  const { layout, boxes } = scene;
  if (layout.panels.length > 0 || isPage(scene) || isVetoed(scene, { welcome: true })) return undefined;
  const card = layout.cards.find(({ left, top, width, height }) => {
    const isCentral = Math.abs(left + width / 2 - layout.width / 2) < layout.width * 0.08;
    return isCentral && top > layout.height * 0.1 && width < layout.width * 0.9 && height < layout.height * 0.6;
  });
  const fields = layout.fields.filter(field => card && isIn(card, field));
  const [field] = fields;
  if (!field || fields.length > 1) return undefined;
  const asks = boxes.find(box => label.test(toPlainText(box.text)) && isBeside(field, box));
  const greets = boxes.some(
    box => welcome.test(toPlainText(box.text)) && card && isIn(card, box) && box.top < field.top,
  );
  return asks && greets ? { line: asks.text } : undefined;
}

function isIn(card: Area, area: Area): boolean {
  const { x, y } = findMiddle(area);
  return x > card.left && x < card.left + card.width && y > card.top && y < card.top + card.height;
}

// To the left of the field and on its line; what blinks in the field may be read with it.
function isBeside(field: Area, box: Area): boolean {
  const isLeft = box.left < field.left && box.left + box.width < field.left + field.width * 0.2;
  return isLeft && Math.abs(findMiddle(box).y - findMiddle(field).y) < field.height / 2;
}
