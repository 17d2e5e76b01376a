import type { TextBox } from '../../screen/text-box.ts';
import type { PictureScene } from './picture-rule.ts';

/** What is written on a screen, made equal where spellings and readings differ. */
export interface SceneText {
  /** All lines in small letters without accents; blanks between Chinese and Japanese characters left out. */
  readonly all: string;
  readonly lines: readonly string[];
  /** The same lines as they were read. */
  readonly raw: readonly string[];
}

/** No screen has longer lines, or more of them; what recognition makes of a hostile picture might. */
const longestLine = 300;
const mostLines = 500;

const known = new WeakMap<PictureScene, SceneText>();

/** The text of a scene, ready to be searched. */
export function readSceneText(scene: PictureScene): SceneText {
  let text = known.get(scene);
  if (!text) {
    // Boxes hold text of later passes too; a line of the first pass may join what stands in different columns.
    const raw = [...scene.lines, ...scene.boxes.map(box => box.text)]
      .filter(line => line.trim() !== '')
      .slice(0, mostLines)
      .map(line => line.slice(0, longestLine));
    const lines = raw.map(toPlainText);
    text = { all: lines.join('\n'), lines, raw };
    known.set(scene, text);
  }
  return text;
}

/** Small letters, no accents, one blank between words, none between characters that need none. */
export function toPlainText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u00b4`]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])/g, '')
    .trim();
}

/** The line that matches, as it was read; undefined when none does. */
export function findLine(scene: PictureScene, pattern: RegExp): string | undefined {
  const { lines, raw } = readSceneText(scene);
  const index = lines.findIndex(line => pattern.test(line));
  return index < 0 ? undefined : raw[index]?.trim();
}

/** Whether the text as a whole matches, over the ends of lines too. */
export function hasText(scene: PictureScene, pattern: RegExp): boolean {
  return pattern.test(readSceneText(scene).all.replaceAll('\n', ' '));
}

/** The middle of a box, from left to right and from top to bottom. */
export function findMiddle(box: Pick<TextBox, 'left' | 'top' | 'width' | 'height'>): { x: number; y: number } {
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}
