import type { CallContext } from '../../model/call.ts';
import type { BootServices } from '../../proof/boot-options.ts';
import type { QemuSession } from './session.ts';

/** What a boot needs, from the session and the call that asks for it. */
export function bootServices({ environment, runRoot }: QemuSession, call: CallContext): BootServices {
  return {
    engine: environment.engine,
    cacheFolder: environment.paths.cache,
    runRoot,
    log: environment.log,
    signal: call.signal,
    progress: update => call.progress(update),
  };
}
