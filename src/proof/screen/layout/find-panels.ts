import type { Edge } from './find-edges.ts';
import type { Panel } from './layout-facts.ts';
import type { Luminance } from './luminance.ts';

/** Of the screen's length that the edge of a panel takes, text and windows that reach into it left out. */
const coverage = 0.8;
const thinnest = 16;

/** Bars along the top, the bottom and the left of the screen. */
export function findPanels(luminance: Luminance, edges: readonly Edge[]): Panel[] {
  const { width, height } = luminance;
  const thickest = Math.max(72, Math.round(height * 0.075));
  const lengths = new Uint32Array(height);
  for (const { y, left, right } of edges) lengths[y] = (lengths[y] ?? 0) + right - left;
  const panels: Panel[] = [];
  const isEdge = (y: number): boolean => (lengths[y] ?? 0) >= width * coverage;
  for (let y = thinnest; y <= thickest; y++) {
    if (!isEdge(y)) continue;
    panels.push({ side: 'top', left: 0, top: 0, width, height: y });
    break;
  }
  for (let y = height - thinnest; y >= height - thickest; y--) {
    if (!isEdge(y)) continue;
    panels.push({ side: 'bottom', left: 0, top: y, width, height: height - y });
    break;
  }
  const dock = findDock(luminance);
  if (dock > 0) panels.push({ side: 'left', left: 0, top: 0, width: dock, height });
  return panels;
}

// Its edge runs down; it need not reach the top, where there may be a panel too.
function findDock({ width, height, values }: Luminance): number {
  const widest = Math.max(96, width * 0.06);
  for (let x = 40; x <= Math.min(widest, width - 1); x++) {
    let rows = 0;
    for (let y = 0; y < height; y += 4) {
      const at = y * width + x;
      if (Math.abs((values[at] ?? 0) - (values[at - 1] ?? 0)) >= 5) rows++;
    }
    if (rows * 4 >= height * coverage) return x;
  }
  return 0;
}
