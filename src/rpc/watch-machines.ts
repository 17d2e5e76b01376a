import type { BridgeServices } from '../bridge/bridge-services.ts';
import { tools } from '../catalog/tools.ts';
import { Fault } from '../errors/fault.ts';
import { listAllMachines } from '../inventory/list-machines.ts';
import { choosePlaces } from '../inventory/place.ts';
import { InventoryWatch } from '../inventory/watch/inventory-watch.ts';
import type { Bridge } from './bridge.ts';
import { asFault } from './faults.ts';
import { type GuardSettings, refuseTool } from './guard.ts';
import { parseInput } from './parse-input.ts';

const filterSchema = tools['vm.list'].input.pick({
  provider: true,
  host: true,
  state: true,
  kind: true,
  tag: true,
  name: true,
  text: true,
});

/** Watching for the doors: allowed to those who may list machines. */
export class MachineWatches {
  readonly #services: BridgeServices;
  readonly #guard: GuardSettings;
  readonly #watch: InventoryWatch;

  constructor(services: BridgeServices, guard: GuardSettings) {
    const seconds = services.configuration.inventory?.watchSeconds;
    this.#services = services;
    this.#guard = guard;
    this.#watch = new InventoryWatch(
      (places, signal) => listAllMachines(services.providers, places, { signal, door: 'jsonrpc', progress() {} }),
      seconds === undefined ? undefined : seconds * 1000,
    );
  }

  /** Rejects with a Fault and with nothing else. */
  async watch(...[rawFilter, { signal }, listener]: Parameters<Bridge['watch']>): ReturnType<Bridge['watch']> {
    const refusal = refuseTool(this.#guard, tools['vm.list']);
    if (refusal !== undefined) throw refusal;
    const filter = filterSchema.parse(parseInput('vm.watch', filterSchema, rawFilter));
    try {
      const places = choosePlaces(this.#services.providers, filter);
      return await this.#watch.watch({ ...filter, places }, signal, listener);
    } catch (error) {
      throw error instanceof Fault ? error : asFault(error, 'Watching the machines');
    }
  }

  close(): void {
    this.#watch.close();
  }
}
