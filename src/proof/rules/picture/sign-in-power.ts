import type { TextBox } from '../../screen/text-box.ts';
import { isDate, listClocks } from './clocks.ts';
import { isVetoed } from './is-vetoed.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle, hasText, toPlainText } from './scene-text.ts';
import { words } from './words.ts';

/** A greeter of any looks, known by what only greeters offer together. */
export const signInPower: PictureRule = {
  id: 'picture-sign-in-power',
  state: 'graphical_login',
  certainty: 'likely',
  reason: 'A greeter asks for a user and offers to switch the machine off.',
  looksAt:
    'Two buttons beside each other to switch off, restart or suspend, a field, a time, and a date or a word for the password.',
  seconds: 3,
  find: findGreeter,
};

const offers = [
  /^\W*(shut ?down|power ?off|herunterfahren|ausschalten|eteindre|apagar|desligar|spegni|シャットダウン|关机)\W*$/,
  /^\W*(restart|reboot|neu ?starten|neustart|redemarrer|reiniciar|riavvia|再起動|重启|重新启动)\W*$/,
  /^\W*(sleep|suspend|hibernate|standby|bereitschaft|veille|mettre en veille|suspender|sospendi|スリープ|サスペンド|睡眠|挂起|休眠)\W*$/,
];

function findGreeter(scene: PictureScene): PictureFinding | undefined {
  const { layout, boxes } = scene;
  // Forms of other programs have more fields; text fills their screens.
  if (layout.fields.length === 0 || boxes.length > 24 || isVetoed(scene, { welcome: true })) return undefined;
  const offered = offers.flatMap(offer => boxes.find(({ text }) => offer.test(toPlainText(text))) ?? []);
  const [clock] = listClocks(scene);
  if (!clock || !offered.some(one => offered.some(other => other !== one && isBeside(one, other)))) return undefined;
  const isGreeter = boxes.some(({ text }) => isDate(text)) || hasText(scene, words.password);
  return isGreeter ? { line: offered.map(({ text }) => text).join(' ') } : undefined;
}

function isBeside(one: TextBox, other: TextBox): boolean {
  const [a, b] = [findMiddle(one), findMiddle(other)];
  const isRow = Math.abs(a.y - b.y) < Math.max(one.height, other.height);
  return isRow && Math.abs(a.x - b.x) < Math.max(one.width, other.width) * 6;
}
