import type { Worker } from 'tesseract.js';
import type { Picture } from '../../model/picture.ts';
import type { GrayView } from './encode-gray.ts';
import { countColours } from './layout/count-colours.ts';
import { mergeBoxes } from './merge-boxes.ts';
import type { OpticalReading } from './optical-reader.ts';
import { recogniseView } from './recognise-view.ts';
import type { TextBox } from './text-box.ts';

/** Pixels beyond which a picture is not enlarged any more. */
const largestWidth = 4000;
/** A screen with less than this of one colour may have a photo behind its text. */
const plainShare = 0.7;
/** Bars with clocks and menus are no higher than this share of the screen; their letters are small. */
const barShare = 0.06;
const barScale = 3;
/** Where task bars have their clock, in letters that are smaller still. */
const cornerWidth = 220;
const cornerScale = 4;
const sure = 0.5;

/**
 * Reads a picture in several passes: as paragraphs, as text anywhere, its bars by themselves (they are dark on a light
 * screen or light on a dark one), and, where a photo may lie behind it, light letters only.
 */
export async function recognisePicture(worker: Worker, picture: Picture): Promise<OpticalReading> {
  const { width, height } = picture;
  const scale = width * 2 > largestWidth ? 1 : 2;
  const whole: GrayView = { area: { left: 0, top: 0, width, height }, scale, lightOnly: false };
  const first = await recogniseView(worker, picture, whole, false);
  const last = first.lines.findLastIndex(line => line.trim() !== '');
  const lines = first.lines.slice(0, last + 1);
  let boxes = mergeBoxes([], first.boxes);
  for (const view of listMoreViews(picture, whole)) {
    boxes = mergeBoxes(boxes, (await recogniseView(worker, picture, view, true)).boxes);
  }
  return {
    lines: [...lines, ...listNew(boxes, lines)],
    boxes,
    method: 'ocr',
    columns: 10_000,
    confidence: first.confidence,
  };
}

function listMoreViews(picture: Picture, whole: GrayView): GrayView[] {
  const { width, height } = picture;
  const bar = Math.min(height, Math.max(28, Math.round(height * barShare)));
  const corner = Math.min(width, cornerWidth);
  const views: GrayView[] = [
    whole,
    { area: { left: 0, top: 0, width, height: bar }, scale: barScale, lightOnly: false },
    { area: { left: 0, top: height - bar, width, height: bar }, scale: barScale, lightOnly: false },
    {
      area: { left: width - corner, top: height - bar, width: corner, height: bar },
      scale: cornerScale,
      lightOnly: false,
    },
  ];
  if (countColours(picture).dominant.share < plainShare) views.push({ ...whole, lightOnly: true });
  return views;
}

// What later passes have read is told after the lines of the first.
function listNew(boxes: readonly TextBox[], lines: readonly string[]): string[] {
  const known = squeeze(lines.join(' '));
  return boxes
    .filter(({ text, confidence }) => confidence >= sure && !known.includes(squeeze(text)))
    .map(({ text }) => text);
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase();
}
