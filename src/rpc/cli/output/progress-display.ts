import type { SingleBar } from 'cli-progress';
import type { Progress } from '../../../model/call.ts';
import { plainText } from './plain-text.ts';
import { textWidth } from './text-width.ts';

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Shows a line that stays. */
  note(message: string): void;
  /** Takes the bar away, so that what follows stands on a clean line. */
  stop(): void;
}

export type ProgressStyle = 'bar' | 'lines' | 'none';

/** Shows how far a call is, on stderr. `label` says what it is about. */
export async function createProgressDisplay(style: ProgressStyle, label: string): Promise<ProgressDisplay> {
  if (style === 'none') return { update: () => {}, note: () => {}, stop: () => {} };
  return style === 'bar' ? createBar(plainText(label)) : createLines(plainText(label));
}

/** How often a step whose figures alone change is told, in milliseconds. */
const sameStepEvery = 5000;

function createLines(label: string): ProgressDisplay {
  let last = '';
  let at = Number.NEGATIVE_INFINITY;
  return {
    update: ({ fraction, message }) => {
      // Lines are for a log file: one for each step, not one for each percent or mebibyte.
      const step = message.replaceAll(/[\d.]+/g, '#');
      if (message === last || (step === last.replaceAll(/[\d.]+/g, '#') && performance.now() - at < sameStepEvery))
        return;
      last = message;
      at = performance.now();
      const share = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
      process.stderr.write(`${label}:${share} ${plainText(message)}\n`);
    },
    note: message => writeLine(label, message),
    stop: () => {},
  };
}

function writeLine(label: string, message: string): void {
  process.stderr.write(`${label}: ${plainText(message)}\n`);
}

async function createBar(label: string): Promise<ProgressDisplay> {
  const { SingleBar } = (await import('cli-progress')).default;
  let bar: SingleBar | undefined;
  let fraction: number | undefined;
  let message = '';
  const render = (_options: unknown, { progress }: { progress: number }) =>
    renderBar(label, fraction === undefined ? undefined : progress, message, process.stderr.columns || 80);
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update: progress => {
      fraction = progress.fraction ?? fraction;
      message = plainText(progress.message);
      if (bar === undefined) {
        bar = new SingleBar({
          format: render,
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
          // Ctrl-C is ours: the call is cancelled and cleans up first.
          gracefulExit: false,
        });
        bar.start(1, fraction ?? 0);
      }
      bar.update(fraction ?? 0);
    },
    note: text => {
      // The bar is drawn anew below by the next step.
      stop();
      writeLine(label, text);
    },
    stop,
  };
}

/** One line that fits the terminal: label, bar, share, message. */
export function renderBar(label: string, fraction: number | undefined, message: string, columns: number): string {
  const size = Math.max(5, Math.min(30, Math.floor(columns / 4)));
  const done = Math.round((fraction ?? 0) * size);
  const share = fraction === undefined ? '     ' : `${String(Math.floor(fraction * 100)).padStart(3)} %`;
  const bar = `${'█'.repeat(done)}${'░'.repeat(size - done)}`;
  return cutToWidth(`${label} ${bar} ${share} ${message}`, columns - 1);
}

function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const character of text) {
    width += textWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}
