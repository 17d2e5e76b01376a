import type { TextBox } from './text-box.ts';

/** Below this a reading is more noise than text. */
const credible = 0.55;
/** Digits are read well enough even between letters of an unknown language, as in a Japanese date. */
const credibleDigits = 0.2;
const digits = /\d{1,2}.{1,3}\d{1,2}/;
/** Smaller letters cannot be read. */
const lowest = 6;
const readable = /[\p{L}\p{N}]{2}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/**
 * Adds what another pass over the same screen has read: new text where nothing was read before, and better text where it is
 * surer of the same place.
 */
export function mergeBoxes(known: readonly TextBox[], more: readonly TextBox[]): TextBox[] {
  const merged = [...known];
  for (const box of more) {
    const enough = digits.test(box.text) ? credibleDigits : credible;
    if (box.confidence < enough || box.height < lowest || !readable.test(box.text)) continue;
    const same = merged.filter(other => overlap(box, other) > 0.4);
    if (same.length === 0) merged.push(box);
    else if (same.every(other => weigh(box) > weigh(other) * 1.1)) {
      for (const other of same) merged.splice(merged.indexOf(other), 1);
      merged.push(box);
    }
  }
  return merged.sort((one, other) => one.top + one.height / 2 - other.top - other.height / 2 || one.left - other.left);
}

function weigh({ text, confidence }: TextBox): number {
  return confidence * Math.sqrt(text.length);
}

// The share of the smaller box that lies in the other.
function overlap(one: TextBox, other: TextBox): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.max(1, Math.min(one.width * one.height, other.width * other.height));
}
