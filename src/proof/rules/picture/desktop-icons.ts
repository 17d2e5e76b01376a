import type { TextBox } from '../../screen/text-box.ts';
import { isPage } from './is-page.ts';
import { isVetoed } from './is-vetoed.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findMiddle, toPlainText } from './scene-text.ts';

/** The desktop of a user who is signed in, told without its clock: some are too small to be read. */
export const desktopIcons: PictureRule = {
  id: 'picture-desktop-icons',
  state: 'desktop',
  certainty: 'likely',
  reason: 'A desktop with a bar and icons is shown.',
  looksAt: 'The name of the trash below an icon, and a bar along the top or the bottom with something at both ends.',
  seconds: 3,
  find: findIcons,
};

/** What all desktops have, whatever else lies on them. */
const trash =
  /^\W*(trash|rubbish bin|waste ?basket|recycle bin|papierkorb|corbeille|papelera|lixo|lixeira|cestino|prullenbak|kosz|корзина|ゴミ箱|ごみ箱|回收站|废纸篓)\b|^(ゴミ箱|ごみ箱|回收站|废纸篓)/;
const longestName = 24;
/** An icon stands so far above its name, in pixels. */
const iconSize = 56;

function findIcons(scene: PictureScene): PictureFinding | undefined {
  const { layout, picture } = scene;
  if (isPage(scene) || isVetoed(scene)) return undefined;
  const name = scene.boxes.find(box => box.text.length <= longestName && trash.test(toPlainText(box.text)));
  if (!name || !hasIcon(scene, name)) return undefined;
  const hasBar = layout.panels.some(({ side, top, height }) => {
    if (side === 'left' || height > 64) return false;
    const end = { left: 2, top: top + 2, width: layout.width * 0.12 - 4, height: height - 4 };
    return measureInk(picture, end) > 0.08 && measureInk(picture, { ...end, left: layout.width * 0.88 }) > 0.08;
  });
  return hasBar ? { line: name.text } : undefined;
}

function hasIcon({ picture }: PictureScene, name: TextBox): boolean {
  const { x } = findMiddle(name);
  const above = { left: x - iconSize / 2, top: name.top - iconSize, width: iconSize, height: iconSize - 8 };
  return name.top > iconSize && measureInk(picture, above) > 0.4;
}
