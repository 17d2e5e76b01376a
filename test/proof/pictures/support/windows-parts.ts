import { type Canvas, createRandom } from './canvas.ts';

/** A pattern like a QR code's: three finder squares and modules of a fixed seed. */
export function drawQrCode(
  canvas: Canvas,
  left: number,
  top: number,
  module: number,
  dark: string,
  light = '#fff',
): void {
  const random = createRandom(25);
  const count = 25;
  canvas.rectangle(left, top, (count + 2) * module, (count + 2) * module, light);
  const isFinder = (x: number, y: number): boolean => (x < 8 && y < 8) || (x > 16 && y < 8) || (x < 8 && y > 16);
  for (let y = 0; y < count; y++) {
    for (let x = 0; x < count; x++) {
      if (random() < 0.5 && !isFinder(x, y)) {
        canvas.rectangle(left + (x + 1) * module, top + (y + 1) * module, module, module, dark);
      }
    }
  }
  for (const [x, y] of [
    [0, 0],
    [18, 0],
    [0, 18],
  ] as const) {
    const [cornerX, cornerY] = [left + (x + 1) * module, top + (y + 1) * module];
    canvas.rectangle(cornerX, cornerY, 7 * module, 7 * module, dark);
    canvas.rectangle(cornerX + module, cornerY + module, 5 * module, 5 * module, light);
    canvas.rectangle(cornerX + 2 * module, cornerY + 2 * module, 3 * module, 3 * module, dark);
  }
}

/** Dots on a circle, bunched as they are at one moment of their dance. */
export function drawDots(canvas: Canvas, x: number, y: number, radius: number, seed = 0): void {
  for (let dot = 0; dot < 6; dot++) {
    const angle = seed + dot * (0.45 + dot * 0.04);
    const size = Math.max(1.6, radius / 9);
    canvas.circle(x + Math.cos(angle) * radius, y + Math.sin(angle) * radius, size, '#fff');
  }
}

/** Four panes in perspective, or flat ones. */
export function drawWindowsLogo(canvas: Canvas, x: number, y: number, size: number, flat = false): void {
  const fill = '#00a4ef';
  if (flat) {
    const pane = size * 0.48;
    for (const dx of [0, size - pane]) {
      for (const dy of [0, size - pane]) canvas.rectangle(x - size / 2 + dx, y - size / 2 + dy, pane, pane, fill);
    }
    return;
  }
  const at = (dx: number, dy: number): string => `${x + dx * size} ${y + dy * size}`;
  canvas.path(`M${at(-0.5, -0.36)}L${at(-0.1, -0.42)}L${at(-0.1, -0.02)}L${at(-0.5, -0.02)}Z`, fill);
  canvas.path(`M${at(-0.05, -0.43)}L${at(0.5, -0.5)}L${at(0.5, -0.02)}L${at(-0.05, -0.02)}Z`, fill);
  canvas.path(`M${at(-0.5, 0.03)}L${at(-0.1, 0.03)}L${at(-0.1, 0.42)}L${at(-0.5, 0.36)}Z`, fill);
  canvas.path(`M${at(-0.05, 0.03)}L${at(0.5, 0.03)}L${at(0.5, 0.5)}L${at(-0.05, 0.43)}Z`, fill);
}

/** A grey disc with head and shoulders. */
export function drawUser(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  disc = '#d0d0d0',
  figure = '#7a7a7a',
): void {
  canvas.circle(x, y, radius, disc);
  canvas.circle(x, y - radius * 0.2, radius * 0.28, figure);
  canvas.path(
    `M${x - radius * 0.5} ${y + radius * 0.6}Q${x} ${y - radius * 0.1} ${x + radius * 0.5} ${y + radius * 0.6}Z`,
    figure,
  );
}
