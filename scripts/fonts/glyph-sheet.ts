import type { Picture } from '../../src/model/picture.ts';
import { blankCell, hashCell, mixedCell } from '../../src/proof/screen/cell.ts';

/** Letters, signs and frames that consoles show: ASCII, Latin-1, a little Latin Extended and Cyrillic, frames and blocks. */
export const printable = [
  range(0x21, 0x7e),
  range(0xa1, 0xff),
  range(0x2500, 0x2503),
  '┌┐└┘├┤┬┴┼═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬▀▄█▌▐░▒▓■▲►▼◄•…←↑→↓↔↕“”‘’–—€',
  range(0x100, 0x17f),
  range(0x401, 0x45f),
].join('');

function range(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join('');
}

/** The 256 characters of code page 437, as IBM's VGA shows them. */
export const codePage437 = [
  '\0☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼',
  range(0x20, 0x7e),
  '⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀',
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
].join('');

export interface MeasuredFont {
  name: string;
  width: number;
  height: number;
  glyphs: Map<number, string>;
}

export interface Sheet {
  name: string;
  /** What stands on the screen, row by row; a space is a cell that is not measured. */
  rows: string[];
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Reads the shapes off a captured sheet. The first character with a shape keeps it, so that ASCII wins over look-alikes. */
export function measureSheet(picture: Picture, sheet: Sheet): MeasuredFont {
  const glyphs = new Map<number, string>();
  const found: { character: string; hash: number }[] = [];
  const { left, top, width, height } = sheet;
  for (const [row, line] of sheet.rows.entries()) {
    for (const [column, character] of Array.from(line).entries()) {
      const hash = hashCell(picture, left + column * width, top + row * height, width, height);
      if (character === ' ' || hash === blankCell || hash === mixedCell) continue;
      found.push({ character, hash });
    }
  }
  const rank = (character: string): number => (character >= '!' && character <= '~' ? 0 : 1);
  found.sort((a, b) => rank(a.character) - rank(b.character));
  const uses = new Map<number, number>();
  for (const { hash } of found) uses.set(hash, (uses.get(hash) ?? 0) + 1);
  for (const { character, hash } of found) {
    // A shape that stands for many characters is the sign for "not in this font".
    if (rank(character) > 0 && (uses.get(hash) ?? 0) > 6) continue;
    if (!glyphs.has(hash)) glyphs.set(hash, character);
  }
  return { name: sheet.name, width, height, glyphs };
}

/** The text cut into rows of `columns` characters. */
export function layOut(text: string, columns: number): string[] {
  const characters = Array.from(text);
  const rows: string[] = [];
  for (let at = 0; at < characters.length; at += columns) rows.push(characters.slice(at, at + columns).join(''));
  return rows;
}
