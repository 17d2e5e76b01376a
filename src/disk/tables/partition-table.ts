import type { Obstacle } from '../../model/image.ts';

/** One partition as the table has it; bytes, checked to be safe integers, but possibly past the end of the disk. */
export interface TableEntry {
  readonly number: number;
  readonly start: number;
  readonly size: number;
  /** Type GUID in lower case (GPT) or e.g. "0x83" (MBR). */
  readonly type: string;
  readonly name?: string | undefined;
  readonly active: boolean;
}

export interface PartitionTable {
  readonly kind: 'gpt' | 'mbr' | 'none';
  readonly entries: readonly TableEntry[];
  readonly obstacles: readonly Obstacle[];
}
