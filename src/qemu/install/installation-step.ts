import type { RetryPolicy } from '../../host/download/retry-transfers.ts';
import type { Progress } from '../../model/call.ts';
import type { EngineInstallation, InstallMethod } from '../../model/engine-install.ts';
import type { InstallHost } from './install-host.ts';

/** What every way of installing gets. */
export interface InstallRequest {
  readonly host: InstallHost;
  readonly planOnly: boolean;
  /** The folder for a QEMU of our own. */
  readonly engineFolder: string;
  readonly cacheFolder: string;
  /** Where the official Windows build is looked for. */
  readonly downloadUrl: string;
  readonly signal: AbortSignal;
  readonly progress: (update: Progress) => void;
  readonly policy?: Partial<RetryPolicy> | undefined;
}

/** What one way did, or would do. */
export interface InstallationStep {
  readonly method: InstallMethod;
  readonly commands: readonly string[];
  readonly download?: EngineInstallation['download'];
  readonly warnings: readonly string[];
}
