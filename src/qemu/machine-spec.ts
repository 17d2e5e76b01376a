import type { DiskBus } from './boot-plan.ts';
import type { Accelerator } from './engine.ts';
import type { BlockNode } from './guest/source-node.ts';

export interface DriveSpec {
  /** Name of the block node and of the device, e.g. `disk0`. */
  readonly id: string;
  /** The node that holds the content; absent for an empty CD drive. Its name is given to it here. */
  readonly node?: BlockNode | undefined;
  readonly bus: DiskBus;
  readonly cdrom: boolean;
  /** Place in the order in which the firmware tries to boot; absent: not tried. */
  readonly bootIndex?: number | undefined;
  /** Logical sector size in bytes; 512 when left out. */
  readonly sectorSize?: number | undefined;
}

export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  /** Address of the host that listens, e.g. `127.0.0.1`. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

interface Card {
  readonly mac?: string | undefined;
  /** A card that only systems with a driver for it know, and that is faster; else one that all know. */
  readonly virtio?: boolean | undefined;
  /** The addresses of a user network, e.g. `10.0.3.0/24`; QEMU's usual ones when left out. */
  readonly subnet?: string | undefined;
}

/** `user`: the guest reaches what the host reaches. `restricted`: it reaches nothing but forwarded ports lead to it. */
export type NetworkSpec = Card &
  (
    | { readonly kind: 'user' | 'restricted'; readonly forwards: readonly PortForward[] }
    | { readonly kind: 'bridge' | 'tap'; readonly interface: string }
  );

export interface SharedFolderSpec {
  /** What the guest mounts it by. */
  readonly name: string;
  readonly path: string;
  readonly readOnly: boolean;
}

/** All that is said to QEMU about a machine: nothing is left to find. */
export interface MachineSpec {
  /** Shown in the list of processes. */
  readonly name: string;
  /** `q35`, `pc`, or one of their versions, e.g. `pc-q35-7.2`, which a saved memory needs to be loaded again. */
  readonly machine: string;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly accelerator: Accelerator;
  /** Further options of the accelerator, and the processor; what suits the accelerator best when both are left out. */
  readonly acceleratorOptions?: string | undefined;
  readonly cpu?: string | undefined;
  /** Code and variables of UEFI; absent: BIOS. */
  readonly flash?: { readonly code: BlockNode; readonly variables: BlockNode } | undefined;
  readonly drives: readonly DriveSpec[];
  readonly networks: readonly NetworkSpec[];
  readonly shares: readonly SharedFolderSpec[];
  /** What becomes of QEMU when the guest shuts down: `pause` keeps it, with its last screen. */
  readonly shutdown: 'pause' | 'poweroff';
  /** Guest agent, remote screen, pointer and memory statistics; a machine that is only watched has none of them. */
  readonly attended: boolean;
  /** A channel for the guest agent; an attended machine has one anyhow. */
  readonly agent?: boolean | undefined;
}
