import { VhdWriter } from '../../support/images/vhd-writer.ts';
import { guidOf, mebibyte } from '../../support/images/vhdx-layout.ts';
import { VhdxWriter } from '../../support/images/vhdx-writer.ts';

export type ChainFormat = 'vhdx' | 'vhd';

/** What a child records of its parent. */
export interface Recorded {
  readonly id?: number;
  readonly secondId?: number;
  readonly relative?: string;
  readonly volume?: string;
  readonly absolute?: string;
  /** Of a VHD: the name in its header, or a URL. */
  readonly name?: string;
  readonly url?: string;
}

export interface FileOptions {
  /** Its own id. */
  readonly id?: number;
  readonly parent?: Recorded;
  /** What its first sector is filled with. */
  readonly byte?: number;
}

export const diskSize = 4 * mebibyte;

/** An id as the reader tells it. */
export function idOf(format: ChainFormat, number: number): string {
  return format === 'vhdx' ? guidOf(number) : `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
}

/** Writes one file of a chain: a disk of 4 MiB, in which the sector with the number of its id is filled. */
export function makeFile(format: ChainFormat, path: string, { id = 1, parent, byte = id }: FileOptions): string {
  const writer = format === 'vhdx' ? openVhdx(path, id, parent) : openVhd(path, id, parent);
  writer.write(id * 512, Buffer.alloc(512, byte));
  writer.close();
  return path;
}

function openVhdx(path: string, id: number, recorded?: Recorded): VhdxWriter {
  const { relative, volume, absolute, secondId } = recorded ?? {};
  const parent = recorded && {
    parent_linkage: `{${guidOf(recorded.id ?? 1).toUpperCase()}}`,
    ...(secondId !== undefined && { parent_linkage2: `{${guidOf(secondId)}}` }),
    ...(relative !== undefined && { relative_path: relative }),
    ...(volume !== undefined && { volume_path: volume }),
    ...(absolute !== undefined && { absolute_win32_path: absolute }),
  };
  return new VhdxWriter(path, { virtualSize: diskSize, dataWriteId: guidOf(id), parent });
}

function openVhd(path: string, id: number, recorded?: Recorded): VhdWriter {
  const hex = (number: number) => String(number).padStart(32, '0');
  const { relative, absolute, url, name } = recorded ?? {};
  const parent = recorded && {
    id: hex(recorded.id ?? 1),
    name,
    locators: [
      ...(absolute === undefined ? [] : [{ platform: 'W2ku', text: absolute }]),
      ...(relative === undefined ? [] : [{ platform: 'W2ru', text: relative }]),
      ...(url === undefined ? [] : [{ platform: 'MacX', text: url }]),
    ],
  };
  return new VhdWriter(path, { virtualSize: diskSize, id: hex(id), parent });
}
