import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A text in the shapes in which it may stand somewhere without being recognised at once. */
export function shapesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shapes = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    // Inside a longer text in base64, it begins at any of three offsets; its ends mix with what stands beside it.
    ...[0, 1, 2].map(offset => {
      const padded = Buffer.concat([Buffer.alloc(offset), bytes])
        .toString('base64')
        .replaceAll('=', '');
      return padded.slice(offset === 0 ? 0 : 4, -2);
    }),
  ];
  return [...new Set(shapes)];
}

export interface Trace {
  readonly secret: string;
  readonly place: string;
}

/** Where in the texts one of the named secrets stands. */
export function findTraces(secrets: Readonly<Record<string, string>>, texts: ReadonlyMap<string, string>): Trace[] {
  return Object.entries(secrets).flatMap(([name, value]) => {
    const shapes = shapesOf(value);
    return [...texts]
      .filter(([, text]) => shapes.some(shape => text.includes(shape)))
      .map(([place]) => ({ secret: name, place }));
  });
}

/** Every file below a folder, by its path in it, as text of single bytes. */
export function readFolder(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String);
  const files = names.filter(name => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile());
  return new Map(files.map(name => [name, readFileSync(path.join(folder, name), 'latin1')]));
}
