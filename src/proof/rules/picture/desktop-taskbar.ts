import type { Area } from '../../screen/layout/layout-facts.ts';
import { findBarClock, hasDay, isDate } from './clocks.ts';
import { isVetoed } from './is-vetoed.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle } from './scene-text.ts';

/** The desktop of a user who is signed in, with a bar along the bottom: of Windows, Plasma and others. */
export const desktopTaskbar: PictureRule = {
  id: 'picture-desktop-taskbar',
  state: 'desktop',
  certainty: 'likely',
  reason: 'A desktop with a task bar is shown.',
  looksAt:
    'A clock at the right end of the bottom edge with a date or icons beside it, and buttons at the left or in the middle.',
  seconds: 3,
  find: findTaskbar,
};

function findTaskbar(scene: PictureScene): PictureFinding | undefined {
  const { layout, picture } = scene;
  const panel = layout.panels.find(({ side }) => side === 'bottom');
  // A window may welcome the user of a desktop.
  if (isVetoed(scene, { icons: true, welcome: panel !== undefined })) return undefined;
  const clock = findBarClock(scene, 'bottom', 'right');
  if (!clock) return undefined;
  const height = panel?.height ?? Math.round(layout.height * 0.055);
  const band = { left: 0, top: layout.height - height + 2, width: layout.width * 0.12, height: height - 4 };
  const hasStart = measureInk(picture, band) > 0.08;
  const hasMiddle = measureInk(picture, { ...band, left: layout.width * 0.3, width: layout.width * 0.4 }) > 0.08;
  // A page may have a bar with a clock too; that of a desktop tells the date, or has icons beside the clock.
  const hasDate = hasDay(clock) || scene.boxes.some(box => box !== clock && isNear(box, clock) && isDate(box.text));
  const isTicker = scene.boxes.some(box => box.top >= band.top - 4 && box.text.replace(/[^\p{L}]/gu, '').length > 24);
  const tray = { ...band, left: clock.left - 130, width: 120 };
  const hasTray = panel !== undefined && !isTicker && panel.height <= 64 && hasStart && measureInk(picture, tray) > 0.2;
  return (hasDate || hasTray) && (hasStart || hasMiddle) ? { line: clock.text } : undefined;
}

function isNear(one: Area, other: Area): boolean {
  const [a, b] = [findMiddle(one), findMiddle(other)];
  return Math.abs(a.x - b.x) < 80 && Math.abs(a.y - b.y) < 40;
}
