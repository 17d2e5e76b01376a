import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import type { ProviderRegistry } from '../inventory/provider-registry.ts';
import type { Configuration } from './configuration/schema.ts';
import type { Operations } from './operations/registry.ts';

/** What one process holds once; made at the first call. */
export interface BridgeServices {
  readonly paths: Paths;
  readonly log: Log;
  readonly configuration: Configuration;
  readonly operations: Operations;
  readonly providers: ProviderRegistry;
}
