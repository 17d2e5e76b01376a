import type { World } from './world.ts';

/** Where the world is kept. */
export interface Store {
  /** The world as it is now; not to be written to. */
  read(signal: AbortSignal): Promise<World>;
  /** Changes it as a whole or, when `change` throws, not at all. Changes happen one after the other. */
  change<Result>(change: (world: World) => Result, signal?: AbortSignal): Promise<Result>;
}
