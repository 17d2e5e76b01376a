import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import type { ConfiguredHost } from '../model/host.ts';

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
  /** The host of the configuration that the session is for; undefined: this machine. */
  readonly host: ConfiguredHost | undefined;
  /** Names of all hosts of the configuration that are this provider's. */
  readonly hosts: readonly string[];
  /** A secret by the name under which it is kept. Throws `not_found` with the command that keeps it. */
  readonly readSecret: (name: string, signal?: AbortSignal) => Promise<string>;
}
