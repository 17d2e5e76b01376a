import { Fault } from '../errors/fault.ts';
import type { ImageFormat } from '../model/image.ts';
import { findParent } from './chain/find-parent.ts';
import type { DiskImage } from './disk-image.ts';
import { detectFormat } from './formats/detect-format.ts';
import { followParent } from './formats/follow-parent.ts';
import type { FormatReader } from './formats/format.ts';
import { isoFormat } from './formats/iso.ts';
import { createMappedImage } from './formats/mapped-image.ts';
import { qcow2Format } from './formats/qcow2.ts';
import { rawFormat } from './formats/raw.ts';
import { vdiFormat } from './formats/vdi.ts';
import { vhdFormat } from './formats/vhd.ts';
import { vhdxFormat } from './formats/vhdx.ts';
import { vmdkFormat } from './formats/vmdk.ts';
import { type OpenFile, openFile } from './source/open-file.ts';
import { TablePages } from './source/table-pages.ts';

export interface OpenOptions {
  /** Read the file as this format, whatever its content says. */
  readonly format?: ImageFormat | undefined;
  /** Files that are parents of a VHDX or VHD, or folders that hold them: looked at before the places that the image records. */
  readonly parents?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const formats: Readonly<Record<ImageFormat, FormatReader>> = {
  vhdx: vhdxFormat,
  vhd: vhdFormat,
  qcow2: qcow2Format,
  vmdk: vmdkFormat,
  vdi: vdiFormat,
  raw: rawFormat,
  iso: isoFormat,
};

const longestChain = 200;

/**
 * Opens a disk image read-only, by its content unless a format is named, together with its parents. Throws a Fault: `not_found`,
 * `denied`, `busy`, `invalid` (damaged, empty, not a file; `data` has the structure and its offset), `unsupported`. What only
 * stands in the way of booting is listed in `obstacles` instead. The caller closes the image.
 */
export async function openImage(path: string, options: OpenOptions = {}): Promise<DiskImage> {
  return await openInChain(path, { ...options, pages: new TablePages(), chain: [], checkId: () => {} });
}

interface ChainOptions extends OpenOptions {
  readonly pages: TablePages;
  /** The children, the first one first. */
  readonly chain: readonly OpenFile[];
  readonly checkId: (id: string) => void;
}

async function openInChain(path: string, options: ChainOptions): Promise<DiskImage> {
  const { signal, pages, checkId } = options;
  const file = await openFile(path, signal);
  try {
    checkChain(file, options.chain);
    const format = options.format ?? (await detectFormat(file, signal));
    const chain = [...options.chain, file];
    const layout = await formats[format].open(file, {
      signal,
      pages,
      checkId,
      followParent: (child, name, parentFormat) =>
        followParent(child, name, parentFormat, (parent, hint) =>
          openInChain(parent, { ...options, format: hint, chain, checkId: () => {} }),
        ),
      findParent: search =>
        findParent(search, options.parents ?? [], (parent, check) =>
          openInChain(parent, { ...options, format: search.format, chain, checkId: check }),
        ),
    });
    return createMappedImage(format, file, layout);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function checkChain(file: OpenFile, chain: readonly OpenFile[]): void {
  const names = [...chain.map(each => each.path), file.path];
  if (chain.some(each => each.identity === file.identity)) {
    throw new Fault('invalid', `The chain of parents of "${names[0]}" is a loop: it leads back to "${file.path}".`, {
      remedy: 'Restore the image whose parent is wrong.',
      data: { path: file.path, structure: 'chain of parents', offset: 0, chain: names },
    });
  }
  if (chain.length >= longestChain) {
    throw new Fault('invalid', `The chain of parents of "${names[0]}" has more than ${longestChain} images.`, {
      remedy: 'Merge some of them into their parents (Hyper-V: Merge-VHD) on a copy.',
      data: { path: file.path, structure: 'chain of parents', offset: 0 },
    });
  }
}
