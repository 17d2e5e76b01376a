import { isIconLabel } from './is-icon-label.ts';
import type { PictureScene } from './picture-rule.ts';
import { hasText, readSceneText, toPlainText } from './scene-text.ts';
import { words } from './words.ts';

const vetoes = [
  words.passphrase,
  words.bitlocker,
  words.firstStart,
  words.firmware,
  words.memoryTest,
  words.shell,
  /0x[0-9a-f]{8}|https?:|www\./,
];

export interface Tolerance {
  /** Greeters welcome people too: for a screen that has the clock and the date of one. */
  readonly welcome?: boolean;
  /** Desktops of live systems have an icon that installs them: for a screen that has the bar of a desktop. */
  readonly icons?: boolean;
}

/** Whether a screen says something that no waiting system says: then no sign of one counts. */
export function isVetoed(scene: PictureScene, { welcome = false, icons = false }: Tolerance = {}): boolean {
  if (scene.layout.qrCode !== undefined || vetoes.some(veto => hasText(scene, veto)) || isText(scene)) return true;
  if (!welcome && hasText(scene, words.welcome)) return true;
  return hasText(scene, words.install) && !(icons && isOnIconsOnly(scene));
}

/** Names of icons are short, and what a line joins to them is the name of the icon beside it at most. */
const longestLabel = 40;

// Every place where the words stand is the name of an icon.
function isOnIconsOnly(scene: PictureScene): boolean {
  const isSaid = (text: string): boolean => words.install.test(toPlainText(text));
  const named = scene.boxes.filter(({ text }) => isSaid(text));
  const isLong = scene.lines.some(line => line.trim().length > longestLabel && isSaid(line));
  return named.length > 0 && !isLong && named.every(box => isIconLabel(scene, box));
}

// More text than a waiting system shows: a document, a console in a window, a page.
function isText(scene: PictureScene): boolean {
  const letters = readSceneText(scene)
    .raw.join('')
    .replace(/[^\p{L}\p{N}]/gu, '').length;
  return letters > 2400;
}
