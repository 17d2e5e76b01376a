import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findLine, findMiddle, hasText, readSceneText } from './scene-text.ts';
import { words } from './words.ts';

const updating =
  /getting (your )?(devices?|windows|things)? ?ready|working on (updates|features)|undoing changes|configuring (windows )?updates?|(don.t|do not) (turn off|power off|unplug)|preparing to configure|preparing windows|applying (computer|update|settings)|installing updates?|cleaning up|update in progress|upgrading|please wait (for|while)|(ger.te|windows) w[ie]rd(en)? .{0,20}vorbereit|updates? (werden|wird) (verarbeitet|konfiguriert|installiert)|nicht aus(schalten|geschaltet)|anderungen werden ruckgangig|preparation (de|des) |ne pas eteindre|n'eteignez pas|mises? a jour|annulation des modif|preparando|no (apague|desactive)|actualizacion|deshaciendo|nao (desligue|desative)|atualizac|desfazendo|preparazione|non spegnere|aggiornament|annullamento delle mod|更新(プログラム|を構成|を処理|し)|準備しています|準備(を|中)|電源を切らない|元に戻して|正在准备|准备就绪|正在(处理|配置)更新|不要关闭|请勿关闭|撤消更改|offline update|system upgrade/;
const percent = /(?<!\d)(100|\d{1,2}) ?%/;

/** What passes by itself: updates, and the first seconds of a system that draws. */
export const atWorkRules: readonly PictureRule[] = [
  {
    id: 'picture-updating',
    state: 'updating',
    certainty: 'likely',
    reason: 'The system installs updates or gets devices ready before it goes on.',
    looksAt:
      'Words for updates or for getting ready, or a circle of dots with a percentage, on a plain screen without fields.',
    seconds: 1,
    find: findUpdating,
  },
  {
    id: 'picture-start-up',
    state: 'kernel_started',
    certainty: 'likely',
    reason: 'A start-up screen shows that the system is being loaded.',
    looksAt: 'On a plain screen, a logo in the middle with a circle of dots or something small that moves below it.',
    seconds: 1,
    find: findStartUp,
  },
];

function findUpdating(scene: PictureScene): PictureFinding | undefined {
  const { layout } = scene;
  if (layout.dominant.share < 0.85 || hasBars(scene) || hasText(scene, words.passphrase)) return undefined;
  const line = findLine(scene, updating);
  if (line !== undefined) return { line };
  if (!layout.dotRing) return undefined;
  const share = findLine(scene, percent);
  if (share !== undefined) return { line: share };
  // Text below the dots, whatever it says: what is at work says what it does.
  const ring = layout.dotRing;
  const below = scene.boxes.find(box => {
    const { x, y } = findMiddle(box);
    return y > ring.top + ring.height && Math.abs(x - layout.width / 2) < layout.width * 0.08;
  });
  return below && { line: below.text };
}

function hasBars({ layout }: PictureScene): boolean {
  // The panes of a logo are boxes too, but none as wide as a field.
  return layout.panels.length > 0 || layout.fields.some(({ width, height }) => width > height * 3);
}

function findStartUp(scene: PictureScene): PictureFinding | undefined {
  const { layout, spinner } = scene;
  if (layout.dominant.share < 0.85 || hasBars(scene) || layout.cards.length > 0) return undefined;
  const turning = layout.dotRing ?? spinner;
  if (!turning || hasText(scene, words.passphrase)) return undefined;
  const letters = readSceneText(scene)
    .raw.join('')
    .replace(/[^\p{L}\p{N}]/gu, '').length;
  const isBelow = layout.logo === undefined || layout.logo.top < turning.top;
  return letters <= 40 && isBelow ? {} : undefined;
}
