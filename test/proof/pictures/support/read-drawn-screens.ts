import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Picture } from '../../../../src/model/picture.ts';
import { OpticalReader } from '../../../../src/proof/screen/optical-reader.ts';
import type { TextBox } from '../../../../src/proof/screen/text-box.ts';
import { listDrawnScreens } from './drawn-screens.ts';
import { renderScreen } from './render-screen.ts';
import type { DrawnScreen } from './screen.ts';

export interface ReadScreen {
  readonly screen: DrawnScreen;
  readonly picture: Picture;
  readonly lines: readonly string[];
  readonly boxes: readonly TextBox[];
}

/** One line of the file of readings: what was read of a drawing that had this hash. */
interface Recorded {
  readonly name: string;
  readonly drawing: string;
  readonly lines: readonly string[];
  readonly boxes: readonly (readonly [string, number, number, number, number, number])[];
}

const file = new URL('../readings.jsonl', import.meta.url);

/**
 * All drawn screens with their readings. Those are kept in a file, since reading everything takes minutes; a drawing that has
 * changed is read anew, and with `afresh` every one.
 */
export async function readDrawnScreens(afresh: boolean): Promise<ReadScreen[]> {
  const recorded = afresh ? new Map<string, Recorded>() : loadRecorded();
  const reader = new OpticalReader();
  try {
    const screens = listDrawnScreens();
    const read: ReadScreen[] = [];
    const next = screens.entries();
    // Two at a time: the renderer is a program of its own.
    const work = async (): Promise<void> => {
      for (const [index, screen] of next) read[index] = await readScreen(screen, recorded, reader);
    };
    await Promise.all([work(), work()]);
    return read;
  } finally {
    await reader.close();
  }
}

/** Keeps the readings for the next time. */
export function recordReadings(screens: readonly ReadScreen[]): void {
  const lines = screens.map(({ screen, lines: text, boxes }) => {
    const places = boxes.map(
      box => [box.text, box.left, box.top, box.width, box.height, Math.round(box.confidence * 100) / 100] as const,
    );
    return JSON.stringify({ name: screen.name, drawing: hashDrawing(screen), lines: text, boxes: places });
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

async function readScreen(
  screen: DrawnScreen,
  recorded: ReadonlyMap<string, Recorded>,
  reader: OpticalReader,
): Promise<ReadScreen> {
  const picture = await renderScreen(screen.canvas);
  const known = recorded.get(screen.name);
  if (known?.drawing !== hashDrawing(screen)) return { screen, picture, ...(await reader.read(picture)) };
  const boxes = known.boxes.map(([text, left, top, width, height, confidence]) => ({
    text,
    left,
    top,
    width,
    height,
    confidence,
  }));
  return { screen, picture, lines: known.lines, boxes };
}

function loadRecorded(): Map<string, Recorded> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map(line => JSON.parse(line) as Recorded).map(one => [one.name, one]));
}

function hashDrawing({ canvas }: DrawnScreen): string {
  return createHash('sha256').update(canvas.render()).digest('hex').slice(0, 16);
}
