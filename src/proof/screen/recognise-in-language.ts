import type { Worker } from 'tesseract.js';
import type { Picture } from '../../model/picture.ts';
import { listNewLines } from './list-new-lines.ts';
import { listWholeViews } from './list-whole-views.ts';
import { mergeBoxes } from './merge-boxes.ts';
import type { OpticalReading } from './optical-reader.ts';
import { recogniseView } from './recognise-view.ts';

/**
 * Reads a picture once more in another language than English. Its bars are not read again: the digits and names in them are
 * known, and of every place the surer reading is kept. That is a third of the work.
 */
export async function recogniseInLanguage(
  worker: Worker,
  picture: Picture,
  english: OpticalReading,
): Promise<OpticalReading> {
  let boxes: OpticalReading['boxes'] = [];
  let lines: string[] = [];
  let confidence = 0;
  for (const view of listWholeViews(picture)) {
    const read = await recogniseView(worker, picture, view, view.lightOnly);
    boxes = mergeBoxes(boxes, read.boxes);
    if (view.lightOnly) continue;
    lines = read.lines.filter(line => line.trim() !== '');
    confidence = read.confidence;
  }
  boxes = mergeBoxes(boxes, english.boxes);
  return { ...english, lines: [...lines, ...listNewLines(boxes, lines)], boxes, confidence };
}
