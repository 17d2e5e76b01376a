import type { Area, Disc } from '../../screen/layout/layout-facts.ts';
import { findBarClock, findDateBeside, findLargeClock } from './clocks.ts';
import { isPage } from './is-page.ts';
import { isVetoed } from './is-vetoed.ts';
import { measureInk } from './measure-ink.ts';
import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findLine, findMiddle, hasText, toPlainText } from './scene-text.ts';
import { words } from './words.ts';

/** Screens that wait for a user to sign in; more signs than one are wanted of each, and no word may speak against it. */
export const signInRules: readonly PictureRule[] = [
  {
    id: 'picture-sign-in-user',
    state: 'graphical_login',
    certainty: 'certain',
    reason: 'A sign-in screen shows a user and a field for the password.',
    looksAt: 'A disc with a field right below it, and a clock, a name for the password, or text in the field.',
    seconds: 3,
    find: findUserAndField,
  },
  {
    id: 'picture-sign-in-dialog',
    state: 'graphical_login',
    certainty: 'likely',
    reason: 'A greeter shows a dialog to sign in.',
    looksAt: 'A box with fields in the middle of the screen, and a clock in a bar or words for signing in.',
    seconds: 3,
    find: findDialog,
  },
  {
    id: 'picture-sign-in-list',
    state: 'graphical_login',
    certainty: 'likely',
    reason: 'A greeter lists the users.',
    looksAt: 'A clock in the middle of the top edge, and below it on a plain screen a list of names or “Not listed?”.',
    seconds: 3,
    find: findUserList,
  },
  {
    id: 'picture-lock-screen',
    state: 'graphical_login',
    certainty: 'likely',
    reason: 'A lock screen shows the time and the date.',
    looksAt: 'A clock in large letters with a date below it, and hardly anything else.',
    seconds: 3,
    find: findLockScreen,
  },
  {
    id: 'picture-secure-attention',
    state: 'graphical_login',
    certainty: 'likely',
    reason: 'The screen asks for Ctrl+Alt+Delete to sign in.',
    looksAt: 'The names of the three keys, with a clock or on a screen without bars.',
    seconds: 3,
    find: scene => {
      const line = findLine(scene, words.secureAttention);
      return line === undefined || isVetoed(scene) || scene.boxes.length > 12 || !hasCompany(scene)
        ? undefined
        : { line };
    },
  },
];

function hasCompany(scene: PictureScene): boolean {
  const clock = findLargeClock(scene);
  return (clock && findDateBeside(scene, clock)) !== undefined || hasText(scene, words.signIn);
}

function findUserAndField(scene: PictureScene): PictureFinding | undefined {
  if (isVetoed(scene)) return undefined;
  const pair = findPair(scene);
  if (!pair) return undefined;
  const inside = scene.boxes.find(box => isInside(findMiddle(box), pair.field));
  const line = inside?.text ?? findLine(scene, words.password) ?? findName(scene, pair.disc, pair.field);
  if (hasText(scene, words.password) && !isPage(scene)) return { line };
  if (findBarClock(scene, 'top', 'any') ?? findLargeClock(scene)) return { line };
  // On black it could as well be a start-up screen that asks for the key of the disk.
  const isDark = scene.layout.blackShare > 0.6;
  return !isDark &&
    !isPage(scene) &&
    hasPlaceholder(scene, pair.field) &&
    findName(scene, pair.disc, pair.field) !== undefined
    ? { line }
    : undefined;
}

function findPair({ layout }: PictureScene): { disc: Disc; field: Area } | undefined {
  for (const disc of layout.discs) {
    const field = layout.fields.find(({ left, top, width }) => {
      const isBelow = top > disc.y + disc.radius && top < disc.y + disc.radius + layout.height * 0.25;
      const isAligned = Math.abs(left + width / 2 - disc.x) <= Math.max(24, width * 0.12);
      return isBelow && isAligned && width <= layout.width * 0.5 && width >= disc.radius * 1.2;
    });
    const isCentral = Math.abs(disc.x - layout.width / 2) < layout.width * 0.2;
    if (field && isCentral) return { disc, field };
  }
  return undefined;
}

function findName(scene: PictureScene, disc: Disc, field: Area): string | undefined {
  return scene.boxes.find(box => {
    const { x, y } = findMiddle(box);
    return y > disc.y + disc.radius * 0.9 && y < field.top && Math.abs(x - disc.x) < scene.layout.width * 0.12;
  })?.text;
}

// Before anybody types, a field of a start-up screen is empty, and that of a greeter says what it is for.
function hasPlaceholder({ picture }: PictureScene, field: Area): boolean {
  const inner = { left: field.left + 8, top: field.top + 5, width: field.width * 0.6, height: field.height - 10 };
  return measureInk(picture, inner) > 0.08;
}

function isInside({ x, y }: { x: number; y: number }, area: Area): boolean {
  return x >= area.left && x <= area.left + area.width && y >= area.top && y <= area.top + area.height;
}

function findDialog(scene: PictureScene): PictureFinding | undefined {
  const { layout } = scene;
  if (isVetoed(scene)) return undefined;
  const card = layout.cards.find(({ left, top, width, height }) => {
    const isCentral = Math.abs(left + width / 2 - layout.width / 2) < layout.width * 0.08;
    return isCentral && top > layout.height * 0.15 && width < layout.width * 0.6 && height < layout.height * 0.6;
  });
  if (!card) return undefined;
  const fields = layout.fields.filter(field => isInside(findMiddle(field), card));
  const lists = layout.cards.filter(other => other !== card && isInside(findMiddle(other), card));
  // One field above the other, for the name and the password: other dialogs seldom have two of a size.
  const isPair = fields.some(one => fields.some(other => isPairOf(one, other)));
  if (fields.length + lists.length === 0) return undefined;
  const clock = findBarClock(scene, 'top', 'any') ?? findBarClock(scene, 'bottom', 'any');
  const isBar = layout.panels.some(({ side }) => side !== 'left');
  const named = scene.boxes.find(box => isInside(findMiddle(box), card));
  const word = scene.boxes.find(box => isInside(findMiddle(box), card) && words.signIn.test(toPlainText(box.text)));
  if (isBar && clock && named && (isPair || word)) return { line: named.text };
  if (isBar && word && isPair && !isPage(scene)) return { line: word.text };
  const isCertain = (clock !== undefined || isBar) && !isPage(scene) && hasText(scene, words.password);
  return word && isCertain ? { line: word.text } : undefined;
}

function isPairOf(one: Area, other: Area): boolean {
  const isSameSize = Math.abs(one.width - other.width) <= 8 && Math.abs(one.height - other.height) <= 8;
  return (
    isSameSize &&
    Math.abs(one.left - other.left) <= 6 &&
    other.top > one.top + one.height &&
    other.top < one.top + 3 * one.height
  );
}

function findUserList(scene: PictureScene): PictureFinding | undefined {
  const { layout, boxes } = scene;
  if (isVetoed(scene) || layout.dominant.share < 0.75 || !findBarClock(scene, 'top', 'centre')) return undefined;
  const line = findLine(scene, words.notListed);
  if (line !== undefined) return { line };
  const card = layout.cards.find(({ left, width, height }) => {
    const isCentral = Math.abs(left + width / 2 - layout.width / 2) < layout.width * 0.03;
    return isCentral && width > layout.width * 0.15 && width < layout.width * 0.45 && height < layout.height * 0.16;
  });
  const name = card && boxes.find(box => isInside(findMiddle(box), card));
  return name && { line: name.text };
}

function findLockScreen(scene: PictureScene): PictureFinding | undefined {
  if (isVetoed(scene, { welcome: true }) || scene.boxes.length > 14 || scene.layout.cards.length > 2) return undefined;
  const clock = findLargeClock(scene);
  const date = clock && findDateBeside(scene, clock);
  return date && { line: `${clock.text} ${date.text}` };
}
