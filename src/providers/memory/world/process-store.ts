import type { Store } from './store.ts';
import type { World } from './world.ts';

/** A world that lives and ends with the process. */
export class ProcessStore implements Store {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async read(): Promise<World> {
    return this.#world;
  }

  async change<Result>(change: (world: World) => Result): Promise<Result> {
    const draft = structuredClone(this.#world);
    const result = change(draft);
    this.#world = draft;
    return result;
  }
}
