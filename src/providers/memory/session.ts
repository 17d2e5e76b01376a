import type { Environment } from '../environment.ts';
import { type MemorySettings, parseSettings } from './settings.ts';
import { FileStore } from './world/file-store.ts';
import { ProcessStore } from './world/process-store.ts';
import type { Store } from './world/store.ts';
import { createWorld } from './world/world.ts';

/** One opened pretend hypervisor. */
export interface MemorySession {
  readonly settings: MemorySettings;
  readonly store: Store;
}

/** Throws `invalid` that names the key of a wrong setting. */
export function openSession(environment: Environment): MemorySession {
  const settings = parseSettings(environment);
  const { file } = settings;
  const seed = () => createWorld(settings);
  return { settings, store: file === undefined ? new ProcessStore(seed()) : new FileStore(file, seed) };
}
