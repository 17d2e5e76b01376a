import { findBarClock, hasDay } from './clocks.ts';
import { isVetoed } from './is-vetoed.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { toPlainText } from './scene-text.ts';

/** The desktop of a user who is signed in, with a bar along the top: of GNOME, Xfce and others. */
export const desktopTopBar: PictureRule = {
  id: 'picture-desktop-top-bar',
  state: 'desktop',
  certainty: 'likely',
  reason: 'A desktop with a bar along the top is shown.',
  looksAt:
    'A clock with a day or a named menu in the middle or at the right of the top edge, and something at both ends of that bar.',
  seconds: 3,
  find: findTopBar,
};

/** What the button at the left end of a bar along the top is called. */
const menuWords = /activit|aktivit|ativid|attivit|applic|anwendung|aplica|アクティ|アプリ|活动|应用|places|menu/;

function findTopBar(scene: PictureScene): PictureFinding | undefined {
  const { layout, picture } = scene;
  const hasMenu = scene.boxes.some(
    box => box.left < layout.width * 0.15 && box.top < 40 && menuWords.test(toPlainText(box.text)),
  );
  // Beside its menu, a desktop may show a window that welcomes the user.
  if (isVetoed(scene, { icons: true, welcome: hasMenu })) return undefined;
  const middle = findBarClock(scene, 'top', 'centre');
  const clock = middle ?? findBarClock(scene, 'top', 'right');
  if (!clock) return undefined;
  const panel = layout.panels.find(({ side }) => side === 'top');
  // A greeter without a bar shows nothing at the left end.
  if ((!panel && !middle) || (panel && panel.height > 56)) return undefined;
  // A clock alone is no sign of a desktop; bars say the day with it, or name a menu at their left end.
  if (!hasDay(clock) && !hasMenu) return undefined;
  const height = panel?.height ?? Math.max(24, clock.top * 2 + clock.height);
  const band = { left: 2, top: 2, width: layout.width * 0.1, height: Math.min(44, height - 4) };
  const hasLeft = measureInk(picture, band) > 0.05;
  const hasRight = measureInk(picture, { ...band, left: layout.width * 0.88, width: layout.width * 0.12 - 2 }) > 0.04;
  return hasLeft && hasRight ? { line: clock.text } : undefined;
}
