import type { PictureScene } from './picture-rule.ts';
import { hasText, readSceneText } from './scene-text.ts';
import { words } from './words.ts';

const vetoes = [
  words.passphrase,
  words.bitlocker,
  words.install,
  words.firstStart,
  words.firmware,
  words.memoryTest,
  words.shell,
  /0x[0-9a-f]{8}|https?:|www\./,
];

/** Whether a screen says something that no waiting system says: then no sign of one counts. */
export function isVetoed(scene: PictureScene): boolean {
  return scene.layout.qrCode !== undefined || vetoes.some(veto => hasText(scene, veto)) || isText(scene);
}

// More text than a waiting system shows: a document, a console in a window, a page.
function isText(scene: PictureScene): boolean {
  const letters = readSceneText(scene)
    .raw.join('')
    .replace(/[^\p{L}\p{N}]/gu, '').length;
  return letters > 2400;
}
