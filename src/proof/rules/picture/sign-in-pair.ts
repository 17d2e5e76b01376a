import type { Area } from '../../screen/layout/layout-facts.ts';
import { isPage } from './is-page.ts';
import { isVetoed } from './is-vetoed.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle, toPlainText } from './scene-text.ts';
import { words } from './words.ts';

/** A greeter whose box cannot be told from the picture behind it, and whose fields say nothing. */
export const signInPair: PictureRule = {
  id: 'picture-sign-in-pair',
  state: 'graphical_login',
  certainty: 'likely',
  reason: 'A greeter asks for a name and a password.',
  looksAt:
    'Two fields of a size in the middle of the screen, one below the other, and a bar along an edge that names a session or a layout of keys.',
  seconds: 3,
  find: findPairBelowBar,
};

/** What greeters let somebody choose, and desktops do not name in their bars. */
const choices =
  /\bsession\b|\bsitzung|\bsesion\b|\bsessao\b|\bsessione\b|\blayout\b|tastatur|disposition|disposicion|teclado|tastiera|セッション|キーボード|会话|键盘/;

function findPairBelowBar(scene: PictureScene): PictureFinding | undefined {
  const { layout, boxes } = scene;
  if (isPage(scene) || isVetoed(scene)) return undefined;
  const fields = layout.fields.filter(field => isCentral(scene, field));
  if (!fields.some(one => fields.some(other => isBelow(one, other)))) return undefined;
  const bars = layout.panels.filter(({ side }) => side !== 'left');
  const choice = boxes.find(box => {
    const { y } = findMiddle(box);
    const isInBar = bars.some(({ top, height }) => y >= top && y <= top + height);
    return isInBar && (choices.test(toPlainText(box.text)) || words.signIn.test(toPlainText(box.text)));
  });
  return choice && { line: choice.text };
}

function isCentral({ layout }: PictureScene, { left, top, width }: Area): boolean {
  const isMiddle = Math.abs(left + width / 2 - layout.width / 2) < layout.width * 0.08;
  return isMiddle && width < layout.width * 0.35 && top > layout.height * 0.25 && top < layout.height * 0.75;
}

function isBelow(one: Area, other: Area): boolean {
  const isSame = Math.abs(one.width - other.width) <= 8 && Math.abs(one.height - other.height) <= 6;
  const gap = other.top - one.top - one.height;
  return isSame && Math.abs(one.left - other.left) <= 6 && gap > 0 && gap < one.height * 2;
}
