import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BootPlan } from '../../../src/qemu/boot-plan.ts';
import type { Engine } from '../../../src/qemu/engine.ts';
import { findEngine } from '../../../src/qemu/find-engine.ts';
import type { Guest } from '../../../src/qemu/guest.ts';
import { startGuest } from '../../../src/qemu/start-guest.ts';
import { createBootDisk } from './boot-sector.ts';

/** A folder for one test file, and everything that was started in it. */
export class Workbench {
  readonly folder: string;
  readonly engine: Engine;
  readonly #guests: Guest[] = [];
  #last = 0;

  private constructor(folder: string, engine: Engine) {
    this.folder = folder;
    this.engine = engine;
  }

  static async open(): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'vmb-')), await findEngine());
  }

  async writeDisk(name: string, code: readonly number[], size?: number): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, createBootDisk(code, size));
    return path;
  }

  async makeFolder(): Promise<string> {
    this.#last += 1;
    return mkdtemp(join(this.folder, `run${this.#last}-`));
  }

  async start(path: string, changes: Partial<BootPlan> = {}, folder?: string): Promise<Guest> {
    const guest = await startGuest(this.engine, planFor(path, changes), {
      folder: folder ?? (await this.makeFolder()),
    });
    this.#guests.push(guest);
    return guest;
  }

  async close(): Promise<void> {
    await Promise.all(this.#guests.map(guest => guest.stop({ acpiMs: 0, quitMs: 2000 })));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function planFor(path: string, changes: Partial<BootPlan> = {}): BootPlan {
  return {
    image: { path, format: 'raw' },
    firmware: 'bios',
    machine: 'q35',
    bus: 'ahci',
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1,
    accelerator: 'tcg',
    network: 'none',
    ...changes,
  };
}

/** Asks again and again until the answer is there, for at most 30 s. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error('it did not happen within 30 s');
    await wait(20);
  }
}

export const readText = (page: Buffer) => Buffer.from(page.filter((_, at) => at % 2 === 0)).toString('latin1');
