import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';

/** What a provider may know of the process that it runs in. */
export interface Environment {
  readonly paths: Paths;
  readonly log: Log;
  /** vmbridge's own version. */
  readonly version: string;
  /** Its own part of the configuration, `providers.<id>`; each provider checks it itself. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The part that concerns QEMU, `engine`. */
  readonly engine: Readonly<Record<string, unknown>>;
  /** Whether callers may see a machine: a provider that chooses names itself starts none that nobody could stop. */
  readonly allowsMachine: (machine: { id: string; name: string }) => boolean;
}
