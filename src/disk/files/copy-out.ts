import { basename, dirname, join } from 'node:path';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { checkNewFile } from '../../host/check-new-file.ts';
import { createDraftFolder } from '../../host/draft-folder.ts';
import { placeFile } from '../../host/place-file.ts';
import { placeFolder } from '../../host/place-folder.ts';
import { requireFreeSpace } from '../../host/require-free-space.ts';
import type { Progress } from '../../model/call.ts';
import type { ImageCopy } from '../../model/image-files.ts';
import type { PlanStep } from '../../model/plan.ts';
import { plainText } from '../guest/plain-text.ts';
import type { FileItem } from '../volumes/file-system.ts';
import { type ChosenVolume, chooseVolume, severalVolumes } from './choose-volume.ts';
import { copyContent } from './copy-content.ts';
import { CopyProgress } from './copy-progress.ts';
import { CopyReport } from './copy-report.ts';
import { copyTree } from './copy-tree.ts';
import { describeVolume } from './describe-volume.ts';
import { findItem } from './find-item.ts';
import { type Measure, measureItem } from './measure-item.ts';
import { type ImageRequest, openVolumes } from './open-volumes.ts';
import { writeFault } from './write-fault.ts';

export interface CopyRequest extends ImageRequest {
  /** Of a file or folder in the image. */
  readonly path: string;
  /** Of the copy; nothing may be there. */
  readonly target: string;
}

export interface CopyServices {
  readonly signal: AbortSignal;
  readonly progress: (update: Progress) => void;
}

/** Of the copy until it is whole. */
const draftName = 'content';
/** Holes are summed as well; a file with more of them is not, as that would take longer than its copy. */
const mostHoles = 8 * 2 ** 30;

/**
 * Copies one file, or a folder with all that is in it, out of an image to a new place. The copy appears whole or not at all, never over
 * another; what could not be copied of a folder is told. Faults: those of `openImage`, `chooseVolume` and `checkNewFile`; `ambiguous`,
 * `not_found`, `unsupported` for a link and for what is encrypted, `host_fault` for a full disk, `cancelled`.
 */
export async function copyFromImage(request: CopyRequest, services: CopyServices): Promise<ImageCopy> {
  return withItem(request, services.signal, async ({ target, item, open, chosen }) => {
    const report = new CopyReport(chosen.files.split(request.path));
    const sha256 = await copyItem(item, { target, report, services });
    const { files, folders, bytes, skipped, totalSkipped } = report;
    return {
      path: target,
      volume: describeVolume(chosen.volume),
      files,
      folders,
      bytes,
      skipped: [...skipped],
      totalSkipped,
      ...(sha256 === undefined ? {} : { sha256 }),
      warnings: [...open.warnings, ...chosen.files.notes],
    };
  });
}

/** What `copyFromImage` would do. Throws where it would before its first byte. */
export function planCopy(request: CopyRequest, signal: AbortSignal): Promise<PlanStep[]> {
  return withItem(request, signal, async ({ target, item, chosen }) => {
    const { files, data } = await measureCopy(item, dirname(target), signal);
    const draft = join(dirname(target), '<new folder>');
    const what = item.kind === 'folder' ? `${files} files with ${data} bytes` : `${data} bytes`;
    return [
      { summary: 'Make a private folder beside the target.', file: { action: 'create', path: draft } },
      {
        summary: `Copy "${plainText(request.path)}" from ${chosen.volume.name} (${what}).`,
        file: { action: 'create', path: join(draft, draftName) },
      },
      { summary: 'Give the copy its name when it is whole.', file: { action: 'create', path: target } },
      { summary: 'Remove the private folder.', file: { action: 'delete', path: draft } },
    ];
  });
}

interface FoundItem {
  /** Absolute, and free. */
  readonly target: string;
  readonly item: FileItem;
  readonly open: Awaited<ReturnType<typeof openVolumes>>;
  readonly chosen: ChosenVolume;
}

/** Finds what is to be copied and uses it while the image is open; refuses what can not be copied. */
async function withItem<Result>(
  request: CopyRequest,
  signal: AbortSignal,
  use: (found: FoundItem) => Promise<Result>,
): Promise<Result> {
  const target = await checkNewFile(withoutEndingSlash(request.target), 'target');
  const open = await openVolumes(request, signal);
  try {
    const chosen = await chooseVolume(open, request.partition, signal);
    if (!chosen) throw severalVolumes(open);
    const item = await findItem(chosen, request.path, signal);
    refuse(item, request.path, chosen);
    return await use({ target, item, open, chosen });
  } finally {
    await open.close();
  }
}

/** Throws `host_fault` when the folder has no room for it. */
function measureCopy(item: FileItem, folder: string, signal: AbortSignal): Promise<Measure> {
  return measureItem(item, ({ space }) => requireFreeSpace(folder, space, 'target'), signal);
}

interface Order {
  readonly target: string;
  readonly report: CopyReport;
  readonly services: CopyServices;
}

async function copyItem(item: FileItem, { target, report, services }: Order): Promise<string | undefined> {
  const { signal } = services;
  const folder = dirname(target);
  try {
    services.progress({ fraction: 0, message: 'looking at what is to be copied' });
    const measure = await measureCopy(item, folder, signal);
    const draft = await createDraftFolder(folder);
    try {
      const place = join(draft.path, draftName);
      const sum = await writeDraft(item, place, measure, report, services);
      if (signal.aborted) throw cancelledFault(signal, `Copying to ${target}`);
      if (item.kind === 'folder') await placeFolder(place, target, signal);
      else await placeFile(place, target);
      return sum;
    } finally {
      // What can not be removed now is removed before the next file is made there.
      await draft.remove().catch(() => undefined);
    }
  } catch (error) {
    throw writeFault(error, folder);
  }
}

async function writeDraft(
  item: FileItem,
  place: string,
  measure: Measure,
  report: CopyReport,
  { signal, progress }: CopyServices,
): Promise<string | undefined> {
  if (item.kind === 'folder') {
    const steps = new CopyProgress(measure.data, measure.files, progress);
    const onBytes = (bytes: number) => steps.addBytes(bytes);
    await copyTree(item, place, report, { signal, onBytes, onFile: () => steps.addFile() });
    return undefined;
  }
  const content = await item.content?.(signal);
  if (!content) throw new Fault('unsupported', 'The file has no content that can be read.');
  const sum = content.size - measure.data <= mostHoles;
  const steps = new CopyProgress(sum ? content.size : measure.data, 1, progress);
  const onBytes = (bytes: number) => steps.addBytes(bytes);
  const sha256 = await copyContent(content, place, { modified: item.modified, sum, signal, onBytes });
  report.files = 1;
  report.bytes = content.size;
  return sha256;
}

/** A target that is a folder may be named as one. */
function withoutEndingSlash(target: string): string {
  const trimmed = process.platform === 'win32' ? target.replace(/[/\\]+$/, '') : target.replace(/\/+$/, '');
  return basename(trimmed) === '' ? target : trimmed;
}

function refuse({ kind, target, obstacle }: FileItem, path: string, { volume }: ChosenVolume): void {
  const data = { field: 'path', path };
  const where = `"${path}" on ${volume.name}`;
  if (obstacle !== undefined) {
    const remedy = 'Boot the image and copy it out of the running machine.';
    throw new Fault('unsupported', `${where} can not be copied. ${plainText(obstacle)}`, { remedy, data });
  }
  if (kind === 'link') {
    const leads = target === undefined ? '' : ` to "${plainText(target)}"`;
    const remedy = 'Name the place to which it leads.';
    throw new Fault('unsupported', `${where} is a link${leads}, and links are not copied.`, { remedy, data });
  }
  if (kind === 'other') {
    throw new Fault('unsupported', `${where} is neither a file nor a folder.`, { remedy: 'Name a file.', data });
  }
}
