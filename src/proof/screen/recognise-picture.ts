import type { Worker } from 'tesseract.js';
import type { Picture } from '../../model/picture.ts';
import type { GrayView } from './encode-gray.ts';
import { findEdges } from './layout/find-edges.ts';
import { findPanels } from './layout/find-panels.ts';
import { measureLuminance } from './layout/luminance.ts';
import { listNewLines } from './list-new-lines.ts';
import { listWholeViews } from './list-whole-views.ts';
import { mergeBoxes } from './merge-boxes.ts';
import type { OpticalReading } from './optical-reader.ts';
import { recogniseView } from './recognise-view.ts';

/** Bars with clocks and menus are no higher than this share of the screen; their letters are small. */
const barShare = 0.06;
const barScale = 3;
/** Where bars have their clock, in letters that are smaller still: as high as the bar, for a photo beside it disturbs. */
const cornerWidth = 220;
const cornerScale = 4;

/**
 * Reads a picture in several passes: as paragraphs, as text anywhere, its bars by themselves (they are dark on a light
 * screen or light on a dark one), and, where a photo may lie behind it, light letters only.
 */
export async function recognisePicture(worker: Worker, picture: Picture): Promise<OpticalReading> {
  const [whole, ...light] = listWholeViews(picture);
  const first = await recogniseView(worker, picture, whole, false);
  const last = first.lines.findLastIndex(line => line.trim() !== '');
  const lines = first.lines.slice(0, last + 1);
  let boxes = mergeBoxes([], first.boxes);
  for (const view of [whole, ...listBars(picture), ...light]) {
    boxes = mergeBoxes(boxes, (await recogniseView(worker, picture, view, true)).boxes);
  }
  return {
    lines: [...lines, ...listNewLines(boxes, lines)],
    boxes,
    method: 'ocr',
    columns: 10_000,
    confidence: first.confidence,
  };
}

function listBars(picture: Picture): GrayView[] {
  const { width, height } = picture;
  const bar = Math.min(height, Math.max(28, Math.round(height * barShare)));
  const corner = Math.min(width, cornerWidth);
  const luminance = measureLuminance(picture);
  const panels = findPanels(luminance, findEdges(luminance));
  const above = panels.find(({ side }) => side === 'top');
  const clock = { left: width - corner, top: 0, width: corner, height: Math.min(bar, above?.height ?? 0) };
  return [
    { area: { left: 0, top: 0, width, height: bar }, scale: barScale, lightOnly: false },
    { area: { left: 0, top: height - bar, width, height: bar }, scale: barScale, lightOnly: false },
    {
      area: { left: width - corner, top: height - bar, width: corner, height: bar },
      scale: cornerScale,
      lightOnly: false,
    },
    ...(above ? [{ area: clock, scale: cornerScale, lightOnly: false }] : []),
  ];
}
