/** A screen that is being drawn: SVG, which a renderer of the system turns into pixels with real, smooth letters. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #parts: string[] = [];
  readonly #definitions: string[] = [];

  constructor(width: number, height: number, background = '#000') {
    this.width = width;
    this.height = height;
    this.rectangle(0, 0, width, height, background);
  }

  rectangle(x: number, y: number, width: number, height: number, fill: string, more: ShapeOptions = {}): this {
    return this.#add(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"${describe(more)}/>`);
  }

  circle(x: number, y: number, radius: number, fill: string, more: ShapeOptions = {}): this {
    return this.#add(`<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"${describe(more)}/>`);
  }

  path(data: string, fill: string, more: ShapeOptions = {}): this {
    return this.#add(`<path d="${data}" fill="${fill}"${describe(more)}/>`);
  }

  text(x: number, y: number, size: number, text: string, more: TextOptions = {}): this {
    const { fill = '#fff', anchor = 'start', font = 'Open Sans', weight = 400, opacity = 1 } = more;
    // Microhei has the letters of Japanese and Chinese, which the others have not.
    const style = `font-family="${font}, WenQuanYi Micro Hei, DejaVu Sans" font-size="${size}" font-weight="${weight}"`;
    const place = `x="${x}" y="${y}" text-anchor="${anchor}" opacity="${opacity}" xml:space="preserve"`;
    return this.#add(`<text ${place} fill="${fill}" ${style}>${escapeXml(text)}</text>`);
  }

  lines(x: number, y: number, size: number, lines: readonly string[], more: TextOptions = {}): this {
    for (const [index, line] of lines.entries()) this.text(x, y + index * size * 1.4, size, line, more);
    return this;
  }

  gradient(from: string, to: string, across = false): this {
    const id = `g${this.#definitions.length}`;
    const end = across ? 'x2="1" y2="0.4"' : 'x2="0" y2="1"';
    this.#definitions.push(
      `<linearGradient id="${id}" x1="0" y1="0" ${end}><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`,
    );
    return this.rectangle(0, 0, this.width, this.height, `url(#${id})`);
  }

  /** Hills, sky, sun and grain, out of a seed: what a photo does to a recogniser. */
  photo(seed: number): this {
    const random = createRandom(seed);
    const hue = Math.floor(random() * 360);
    this.gradient(`hsl(${hue},60%,58%)`, `hsl(${(hue + 60) % 360},50%,30%)`);
    for (let layer = 0; layer < 5; layer++) {
      const base = this.height * (0.35 + layer * 0.13);
      let data = `M0 ${this.height}`;
      for (let x = 0; x <= this.width + 40; x += 40) {
        data += `L${x} ${Math.round(base + Math.sin(x / (60 + 40 * layer) + seed) * 30 + random() * 24)}`;
      }
      this.path(
        `${data}L${this.width} ${this.height}Z`,
        `hsl(${(hue + layer * 25) % 360},${35 + layer * 6}%,${52 - layer * 8}%)`,
      );
    }
    for (let speck = 0; speck < 900; speck++) {
      const size = 1 + random() * 9;
      const tone = Math.floor(random() * 100);
      this.circle(random() * this.width, random() * this.height, size, `hsl(${hue + tone},40%,${20 + (tone % 60)}%)`, {
        opacity: 0.35,
      });
    }
    return this;
  }

  /** Every pixel of its own, as from a frame that was torn: blocks of random colours. */
  noise(seed: number, block = 4): this {
    const random = createRandom(seed);
    for (let y = 0; y < this.height; y += block * 4) {
      for (let x = 0; x < this.width; x += block * 4) {
        const colour = `hsl(${Math.floor(random() * 360)},${Math.floor(random() * 100)}%,${Math.floor(random() * 100)}%)`;
        this.rectangle(x, y, block * 4, block * 4, colour);
      }
    }
    return this;
  }

  render(): string {
    const { width, height } = this;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`;
    return `${head}<defs>${this.#definitions.join('')}</defs>${this.#parts.join('\n')}</svg>\n`;
  }

  #add(part: string): this {
    this.#parts.push(part);
    return this;
  }
}

export interface ShapeOptions {
  readonly opacity?: number;
  readonly stroke?: string;
  readonly strokeWidth?: number;
  readonly radius?: number;
}

export interface TextOptions {
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly font?: string;
  readonly weight?: number;
  readonly opacity?: number;
}

function describe({ opacity, stroke, strokeWidth = 1, radius }: ShapeOptions): string {
  const parts = [
    opacity === undefined ? '' : ` opacity="${opacity}"`,
    stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${strokeWidth}"`,
    radius === undefined ? '' : ` rx="${radius}"`,
  ];
  return parts.join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
}

/** Numbers from 0 to 1, the same for the same seed on every machine. */
export function createRandom(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
}
