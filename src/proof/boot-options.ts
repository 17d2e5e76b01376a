import type { Log } from '../host/log.ts';
import type { Firmware, ImageFormat } from '../model/image.ts';
import type { DiskBus, Machine } from '../qemu/boot-plan.ts';
import type { EngineSettings, RequestedAccelerator } from '../qemu/engine.ts';

/** How an image is to be booted, checked already. `auto` leaves it to the image. */
export interface BootOptions {
  readonly image: string;
  readonly format?: ImageFormat | undefined;
  /** Files that are parents of the image, or folders that hold them. */
  readonly parents?: string[] | undefined;
  readonly firmware: 'auto' | Firmware;
  readonly machine: 'auto' | Machine;
  readonly bus: 'auto' | DiskBus;
  readonly memoryBytes?: number | undefined;
  readonly cpus?: number | undefined;
  readonly accelerator: RequestedAccelerator;
  readonly network: 'none' | 'restricted';
  readonly limitSeconds?: number | undefined;
}

/** What booting needs of the process that it runs in. */
export interface BootServices {
  readonly engine: EngineSettings;
  /** Where accelerator trials are remembered. */
  readonly cacheFolder: string;
  /** Holds the run folders of guests. */
  readonly runRoot: string;
  /** False where nothing may be left behind, not even what was learnt of the accelerators. */
  readonly remember?: boolean | undefined;
  readonly log?: Pick<Log, 'debug' | 'info' | 'warn'> | undefined;
  readonly signal: AbortSignal;
  readonly progress: (update: { readonly fraction?: number | undefined; readonly message: string }) => void;
}
