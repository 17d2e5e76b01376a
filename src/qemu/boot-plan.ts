import type { Firmware, ImageFormat } from '../model/image.ts';
import type { Accelerator } from './engine.ts';

export type Machine = 'q35' | 'pc';
export type DiskBus = 'ahci' | 'nvme' | 'ide' | 'virtio';

/** One way to boot one image: what is decided before QEMU starts. */
export interface BootPlan {
  /** `parents`: the files that it stands on, nearest first, where they are known. */
  readonly image: { readonly path: string; readonly format: ImageFormat; readonly parents?: readonly string[] };
  readonly firmware: Firmware;
  readonly machine: Machine;
  readonly bus: DiskBus;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly accelerator: Accelerator;
  /** Further options of the accelerator, and the processor; what suits the accelerator best when both are left out. */
  readonly acceleratorOptions?: string | undefined;
  readonly cpu?: string | undefined;
  /** `restricted`: a card whose packets reach nobody but QEMU's own DHCP server. */
  readonly network: 'none' | 'restricted';
  /** A second such card, for systems that have only the driver of VirtIO, on addresses of its own. */
  readonly virtioCard?: boolean | undefined;
  /** The image is a CD: it is put into a drive as it is, without an overlay. */
  readonly cdrom?: boolean | undefined;
  /** Logical sector size of the disk, in bytes; 512 when left out. */
  readonly sectorSize?: number | undefined;
  /** Remote screen and pointer, and the guest agent's channel; a machine that is only watched has none of the former. */
  readonly attended?: boolean | undefined;
  /** A channel for the guest agent, where the host can serve one. */
  readonly agent?: boolean | undefined;
}

/** What is known of the plan of any guest, whoever started it. */
export type GuestPlan = Pick<
  BootPlan,
  'image' | 'accelerator' | 'acceleratorOptions' | 'cpu' | 'cpus' | 'memoryBytes'
> & {
  readonly machine: string;
};
