import { posix, win32 } from 'node:path';

/** Ancestors of the child's folder below which a path of another machine is looked for. */
const mostAncestors = 16;

/**
 * Paths at which the parent of `child` may be, for the places that the child records, in that order, each once. On Windows a
 * recorded path is taken as it is; elsewhere a path of Windows is looked for where its drive may be mounted: under `/mnt/<drive>`,
 * and under each folder that leads to the child. Last comes the bare name beside the child. Places on another computer are left
 * out: a file shall not make this one connect to where it wants.
 */
export function listCandidates(
  child: string,
  places: readonly string[],
  platform: NodeJS.Platform = process.platform,
): string[] {
  const path = platform === 'win32' ? win32 : posix;
  const folder = path.dirname(path.resolve(child));
  const sound = places.filter(place => place !== '' && !place.includes('\0'));
  const mapped = sound.flatMap(place => (platform === 'win32' ? onWindows(folder, place) : elsewhere(folder, place)));
  const beside = sound
    .map(baseName)
    .filter(isName)
    .map(name => path.join(folder, name));
  return [...new Set([...mapped, ...beside])];
}

function onWindows(folder: string, place: string): string[] {
  // Only what has been resolved tells where a path leads: "\\?\C:\..\UNC\server\share" is one on a server.
  const path = win32.resolve(folder, place);
  const remote = /^\\\\(?!\?\\(?:Volume\{|[A-Za-z]:))/.test(path);
  // What lies on a server is followed only when the child lies on the same share.
  const root = win32.parse(folder).root.toLowerCase();
  return remote && !(root.startsWith('\\\\') && path.toLowerCase().startsWith(root)) ? [] : [path];
}

function elsewhere(folder: string, place: string): string[] {
  const segments = splitPlace(place);
  const drive = /^(?:[\\/]{2}[?.][\\/])?([A-Za-z]):[\\/]/.exec(place)?.[1];
  const volume = /^[\\/]{2}[?.][\\/]Volume\{[^}]*\}[\\/]/i.test(place);
  if (drive !== undefined || volume) {
    const rest = segments.slice(segments.findIndex(segment => /^([A-Za-z]:|Volume\{.*\})$/i.test(segment)) + 1);
    const mounts = drive === undefined ? [] : [`/mnt/${drive.toLowerCase()}`, `/${drive.toLowerCase()}`];
    return [...mounts, ...listAncestors(folder)].flatMap(base => joinSafely(base, rest));
  }
  // A share, "\\server\share\…" or with "\\?\UNC\" before it: what comes after server and share may be mounted here.
  if (/^[\\/]{2}/.test(place)) {
    const rest = splitPlace(place.replace(/^[\\/]{2}[?.][\\/](?:UNC[\\/])?/i, '')).slice(2);
    return listAncestors(folder).flatMap(base => joinSafely(base, rest));
  }
  if (place.startsWith('/')) return [posix.normalize(place)];
  return [posix.join(folder, segments.join('/'))];
}

function splitPlace(place: string): string[] {
  return place.split(/[\\/]+/).filter(segment => segment !== '');
}

function joinSafely(base: string, segments: readonly string[]): string[] {
  return segments.length > 0 && segments.every(isName) ? [posix.join(base, ...segments)] : [];
}

function listAncestors(folder: string): string[] {
  const all = [folder];
  for (let at = folder; all.length < mostAncestors && posix.dirname(at) !== at; ) {
    at = posix.dirname(at);
    all.push(at);
  }
  return all;
}

/** The last part of a path of any system. */
export function baseName(place: string): string {
  return place.split(/[\\/]/).at(-1) ?? '';
}

/** Whether a part of a path names something of its own. */
export function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..';
}
