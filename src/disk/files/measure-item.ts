import type { FileItem } from '../volumes/file-system.ts';
import { measureData } from './list-pieces.ts';
import { isLocalDamage, walkTree } from './walk-tree.ts';

export interface Measure {
  files: number;
  /** Bytes that will be written. */
  data: number;
  /** About what the copy takes up on the host. */
  space: number;
}

/** What a file or folder takes up beside its content, about. */
const perItem = 4096;

/**
 * What a copy of an item will take, by walking through all of it. `check` is called now and then with what was found so far, so that a
 * volume that claims the impossible is not walked through to its end.
 */
export async function measureItem(
  item: FileItem,
  check: (measure: Measure) => Promise<void>,
  signal: AbortSignal,
  platform: NodeJS.Platform = process.platform,
): Promise<Measure> {
  const measure: Measure = { files: 0, data: 0, space: 0 };
  let checked = 0;
  const add = async (bytes: number, space: number) => {
    measure.data += bytes;
    measure.space += space + perItem;
    if (measure.space - checked < 2 ** 30) return;
    checked = measure.space;
    await check(measure);
  };
  const addFile = async (file: FileItem) => {
    const content = await file.content?.(signal);
    if (!content) return;
    const data = await measureData(content, signal);
    measure.files++;
    // Node makes no sparse files on Windows.
    await add(data, platform === 'win32' ? content.size : Math.min(content.size, roundUp(data)));
  };
  if (item.kind === 'folder') {
    await walkTree(
      item,
      {
        skip: () => undefined,
        leave: async () => undefined,
        enter: async () => void (await add(0, 0)),
        // What can not be read takes no room; the copy will tell of it.
        file: async (_, file) => void (await orNothing(addFile(file))),
      },
      signal,
    );
  } else await addFile(item);
  await check(measure);
  return measure;
}

async function orNothing(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isLocalDamage(error)) throw error;
  });
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / perItem) * perItem;
}
