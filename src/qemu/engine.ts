/** Where QEMU is and how it shall run, as the configuration says it. Everything left out is found. */
export interface EngineSettings {
  /** Path of qemu-system-x86_64, or of the folder that holds it. */
  readonly system?: string | undefined;
  /** Path of qemu-img. */
  readonly img?: string | undefined;
  /** Folders with UEFI firmware files, searched before all others. */
  readonly firmwareFolders?: readonly string[] | undefined;
  readonly accelerator?: RequestedAccelerator | undefined;
}

export const accelerators = ['kvm', 'whpx', 'hvf', 'tcg'] as const;
export type Accelerator = (typeof accelerators)[number];
export type RequestedAccelerator = 'auto' | Accelerator;

export interface EngineVersion {
  /** The first line that the program prints about itself. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
}

/** An installed QEMU: the two programs, their version, and the folders with the firmware that came along. */
export interface Engine {
  readonly system: string;
  readonly img: string;
  readonly version: EngineVersion;
  readonly dataFolders: readonly string[];
}

/** e.g. `7.2.22`. */
export function formatVersion({ major, minor, micro }: EngineVersion): string {
  return `${major}.${minor}.${micro}`;
}
