import type { TextBox } from '../../screen/text-box.ts';
import type { PictureScene } from './picture-rule.ts';
import { findMiddle, toPlainText } from './scene-text.ts';

/** Seconds belong to it. Between wide digits, as of a clock with segments, blanks are read around the colon. */
const timeLike = /(?<![\d.:/-])(\d{1,4})(?: : |[:.])(\d{2})(?![\d/-]|[.:]\d{3})(?: ?: ?[0-5]\d(?!\d))?/g;

/** A bar has no longer texts. */
const longestText = 200;

const months =
  'jan|ene|gen|feb|fev|mar|mrz|maer|apr|abr|avr|may|mai|mag|jun|juin|giu|jul|juil|lug|aug|ago|aou|sep|set|oct|okt|out|ott|nov|dec|dez|dic';
const days =
  'mon|tue|wed|thu|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta|martedi|mercoledi|giovedi|venerdi|sabato|domenica';
const dateWords = new RegExp(`\\b(${months})[a-z]*\\b|\\b(${days})[a-z]*\\b|[月日火水木金土週星周]`);
const dateDigits = /(?<!\d)(0?[1-9]|[12]\d|3[01])(?!\d)/;
const numericDate = /(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)/;

/** Boxes that tell a time. */
export function listClocks({ boxes }: PictureScene): TextBox[] {
  return boxes.filter(({ text }) => findTime(text) !== undefined);
}

// The day before the hour may be read as if it stood without a gap: "Nov 2510:42".
function findTime(text: string): string | undefined {
  for (const [match, hours = '', minutes = ''] of text.slice(0, longestText).matchAll(timeLike)) {
    const hour = Number(hours.length > 2 ? hours.slice(-2) : hours);
    const day = hours.length > 2 ? Number(hours.slice(0, -2)) : 1;
    if (hour <= 23 && Number(minutes) <= 59 && day >= 1 && day <= 31) return match;
  }
  // Data for Japanese takes a last digit for a letter of its own at times.
  const mistaken = /(?<![\d.:/-])(1\d|2[0-3]|\d):[0-5] ?\p{Script=Katakana}$/u.exec(text.slice(0, longestText).trim());
  if (mistaken) return mistaken[0];
  // The colon between small digits is lost at times.
  return /(?<![\d.:/-])(1[0-2]|[1-9])[0-5]\d ?[AaPp][Mm]\b/.exec(text.slice(0, longestText))?.[0];
}

/** Whether a text is a date: the name of a month or a day with a number, or numbers only. */
export function isDate(text: string): boolean {
  const plain = toPlainText(text.slice(0, longestText));
  return numericDate.test(plain) || (dateWords.test(plain) && dateDigits.test(plain));
}

/** A clock in large letters, and nothing else in its box. */
export function findLargeClock(scene: PictureScene): TextBox | undefined {
  const large = scene.layout.height * 0.04;
  return listClocks(scene).find(
    ({ text, height }) =>
      height >= large && text.replace(findTime(text) ?? '', '').replace(/[\sapmAPM.:|_-]/g, '').length <= 2,
  );
}

/** The date below or above a large clock: read as one, or at least a line with numbers where it would stand. */
export function findDateBeside(scene: PictureScene, clock: TextBox): TextBox | undefined {
  const middle = findMiddle(clock);
  const near = scene.boxes.filter(box => {
    const { x, y } = findMiddle(box);
    const down = Math.abs(y - middle.y);
    const isAligned = Math.abs(x - middle.x) <= clock.width * 0.4 || Math.abs(box.left - clock.left) <= clock.height;
    return (
      box !== clock &&
      isAligned &&
      down >= clock.height * 0.5 &&
      down <= clock.height * 2.5 &&
      box.height < clock.height * 0.9
    );
  });
  // Japanese and Chinese dates keep their digits when their characters cannot be read.
  const isLike = (text: string): boolean => /^\W*(1[0-2]|[1-9]).(3[01]|[12]\d|[1-9])\S/.test(text) && text.length <= 20;
  return near.find(({ text }) => isDate(text)) ?? near.find(({ text }) => isLike(text));
}

/** Whether the box of a clock says more than the time, as the clocks of bars do: a day or a date, in letters of any kind. */
export function hasDay(clock: TextBox): boolean {
  const rest = clock.text.replace(findTime(clock.text) ?? '', '').replace(/\b[ap]\.?m\b\.?/i, '');
  return (rest.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 3;
}

/** A clock in a bar at an edge, at one of three places along it. */
export function findBarClock(
  scene: PictureScene,
  side: 'top' | 'bottom',
  place: 'left' | 'centre' | 'right' | 'any',
): TextBox | undefined {
  const { width, height } = scene.layout;
  const deep = Math.max(36, height * 0.065);
  return listClocks(scene).find(box => {
    const { x, y } = findMiddle(box);
    const isBeside = side === 'top' ? y <= deep * 0.75 : y >= height - deep;
    if (!isBeside || box.height > deep * 0.75) return false;
    if (place === 'centre') return Math.abs(x - width / 2) <= width * 0.06;
    if (place === 'right') return box.left + box.width >= width * 0.84;
    return place === 'any' || x <= width * 0.2;
  });
}
