// CSI … letter, OSC … BEL, and two-character escapes, as terminals take them.
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()#%][0-9A-Za-z]|[ -~])/g;
// Cursor moved to another place, or the screen cleared: what follows stands on a line of its own.
const moves = /\x1b\[[0-9;]*[HfdJ]/g;
const longest = 256 * 1024;
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** The lines at the end of what a serial terminal was sent, without escape sequences and empty lines. */
export function listSerialLines(text: string, limit = 400): string[] {
  const plain = text
    .slice(-longest)
    .replace(moves, '\n')
    .replace(escapes, '')
    .replace(/\r+\n/g, '\n')
    .replace(unprintable, '');
  const lines: string[] = [];
  for (const raw of plain.split('\n')) {
    // A lone carriage return starts the line again; what was there stays unless written over.
    const line =
      raw
        .split('\r')
        .findLast(part => part.trim() !== '')
        ?.trim() ?? '';
    if (line !== '') lines.push(line);
  }
  return lines.slice(-limit);
}
