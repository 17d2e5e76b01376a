import { measuredFonts } from './measured-fonts.generated.ts';

/** Console letters of one font: the hash of a cell's shape to its character. */
export interface KnownFont {
  readonly name: string;
  readonly glyphs: ReadonlyMap<number, string>;
}

/** All known fonts whose cells have one size. */
export interface FontSize {
  readonly width: number;
  readonly height: number;
  readonly fonts: readonly KnownFont[];
  /** Every shape of any of the fonts. */
  readonly shapes: ReadonlySet<number>;
}

let sizes: FontSize[] | undefined;

/** The known fonts by cell size, most common size first. */
export function listFontSizes(): readonly FontSize[] {
  sizes ??= groupBySize();
  return sizes;
}

function groupBySize(): FontSize[] {
  const groups = new Map<string, { width: number; height: number; fonts: KnownFont[]; shapes: Set<number> }>();
  for (const { name, width, height, characters, hashes } of measuredFonts) {
    const letters = Array.from(characters);
    const keys = hashes.split(' ').map(parseHash);
    const glyphs = new Map(keys.map((key, index) => [key, letters[index] ?? '\ufffd']));
    const key = `${width}x${height}`;
    const group = groups.get(key) ?? { width, height, fonts: [], shapes: new Set() };
    groups.set(key, group);
    group.fonts.push({ name, glyphs });
    for (const shape of keys) group.shapes.add(shape);
  }
  const commonFirst = ['8x16', '8x19', '9x16'];
  const rank = (size: FontSize): number => (commonFirst.indexOf(`${size.width}x${size.height}`) + 99) % 99;
  return [...groups.values()].sort((one, other) => rank(one) - rank(other));
}

// parseInt loses the last bits of long numbers in base 36.
function parseHash(text: string): number {
  let value = 0;
  for (const digit of text) value = value * 36 + Number.parseInt(digit, 36);
  return value;
}
