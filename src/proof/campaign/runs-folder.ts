import path from 'node:path';

/** Where the folders of runs lie. */
export function runsFolder(stateFolder: string): string {
  return path.join(stateFolder, 'runs');
}
