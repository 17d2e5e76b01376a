import type { Line, Page, Word, Worker } from 'tesseract.js';
import type { Picture } from '../../model/picture.ts';
import { encodeGray, type GrayView, grayMargin } from './encode-gray.ts';
import type { TextBox } from './text-box.ts';

export interface RecognisedView {
  /** Line by line, as the library puts them together. */
  readonly lines: string[];
  readonly boxes: TextBox[];
  /** From 0 to 1. */
  readonly confidence: number;
}

/** Words further apart than this many heights of theirs are no one line: columns of a bar, buttons beside each other. */
const widestGap = 1.6;

/** Reads a view of a picture. `sparse`: the text stands anywhere, not in paragraphs. */
export async function recogniseView(
  worker: Worker,
  picture: Picture,
  view: GrayView,
  sparse: boolean,
): Promise<RecognisedView> {
  const { PSM } = await import('tesseract.js');
  await worker.setParameters({ tessedit_pageseg_mode: sparse ? PSM.SPARSE_TEXT : PSM.AUTO });
  const { data } = await worker.recognize(encodeGray(picture, view), {}, { text: true, blocks: true });
  const lines = data.text.split('\n').map(line => line.trimEnd());
  return { lines, boxes: listBoxes(data, view), confidence: data.confidence / 100 };
}

function listBoxes(data: Page, view: GrayView): TextBox[] {
  const lines = (data.blocks ?? []).flatMap(block => block.paragraphs.flatMap(paragraph => paragraph.lines));
  return lines.flatMap(line => splitLine(line).map(words => toBox(words, view)));
}

function splitLine({ words }: Line): Word[][] {
  const parts: Word[][] = [];
  for (const word of words) {
    if (word.text.trim() === '') continue;
    const last = parts.at(-1)?.at(-1);
    const height = Math.max(8, word.bbox.y1 - word.bbox.y0);
    if (last && word.bbox.x0 - last.bbox.x1 <= height * widestGap) parts.at(-1)?.push(word);
    else parts.push([word]);
  }
  return parts;
}

function toBox(words: readonly Word[], { area, scale }: GrayView): TextBox {
  const left = Math.min(...words.map(({ bbox }) => bbox.x0));
  const top = Math.min(...words.map(({ bbox }) => bbox.y0));
  const right = Math.max(...words.map(({ bbox }) => bbox.x1));
  const bottom = Math.max(...words.map(({ bbox }) => bbox.y1));
  const letters = words.reduce((sum, { text }) => sum + text.length, 0);
  const sureness = words.reduce((sum, { text, confidence }) => sum + confidence * text.length, 0);
  return {
    text: words.map(({ text }) => text).join(' '),
    left: Math.round(area.left + Math.max(0, left - grayMargin) / scale),
    top: Math.round(area.top + Math.max(0, top - grayMargin) / scale),
    width: Math.round((right - left) / scale),
    height: Math.round((bottom - top) / scale),
    confidence: letters === 0 ? 0 : sureness / letters / 100,
  };
}
