import type { RetryPolicy } from '../../host/download/retry-transfers.ts';
import type { Progress } from '../../model/call.ts';
import type { EngineInstallation, InstallMethod } from '../../model/engine-install.ts';
import type { CommandLine } from './command-line.ts';
import type { InstallHost } from './install-host.ts';

/** What every way of installing gets. */
export interface InstallRequest {
  readonly host: InstallHost;
  readonly planOnly: boolean;
  /** Refuse to plan what this user may not do. */
  readonly needsRights?: boolean | undefined;
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
  /** The same, word for word, where they are known before they run. */
  readonly commandLines?: readonly CommandLine[];
  readonly download?: EngineInstallation['download'];
  readonly warnings: readonly string[];
}
