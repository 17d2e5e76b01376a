import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type HostBoot, isSameBoot, readHostBoot } from '../../host/host-boot.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { accelerators, type Engine } from '../engine.ts';
import { identifyRung } from './accelerator-ladder.ts';
import type { DetailedTrial } from './try-rung.ts';

const rememberedTrials = z.object({
  boot: z.object({ id: z.string().optional(), startedAt: z.number() }),
  trials: z.array(
    z.object({
      accelerator: z.enum(accelerators),
      acceleratorOptions: z.string().optional(),
      cpu: z.string().optional(),
      usable: z.boolean(),
      reason: z.string(),
      milliseconds: z.number().min(0),
      workMilliseconds: z.number().min(0).optional(),
      cause: z.string(),
      remedy: z.string().optional(),
      stderr: z.string(),
      at: z.number(),
    }),
  ),
});

const minute = 60 * 1000;

/** The cause of a rung that passed its trial and failed in earnest. */
export const failedLater = 'failed_later';

/**
 * What worked works until the host starts anew, and so does what failed in the midst of a boot fail. A device that crawls may do so because the host was busy just then: it
 * costs seconds to ask again, and is done twice a day. What failed at once is quick to ask, and may have been mended;
 * what keeps even emulation from working lies in how QEMU is installed, and is asked every time.
 */
function isFresh({
  accelerator,
  usable,
  cause,
  at,
}: Pick<DetailedTrial, 'accelerator' | 'usable' | 'cause' | 'at'>): boolean {
  const age = Date.now() - at;
  const isCostly = cause === 'too_slow' || cause === 'silent';
  if (!usable && accelerator === 'tcg' && cause !== failedLater) return false;
  return usable || cause === failedLater || (age >= 0 && age < (isCostly ? 12 * 60 * minute : 10 * minute));
}

/** What is remembered about one QEMU build on this run of the host. A file that cannot be read counts as none. */
export class TrialCache {
  readonly #file: string;
  readonly #boot: HostBoot;

  private constructor(file: string, boot: HostBoot) {
    this.#file = file;
    this.#boot = boot;
  }

  static async open(folder: string, engine: Engine): Promise<TrialCache> {
    const { mtimeMs, size } = await stat(engine.system);
    // Whoever is let into the group of /dev/kvm shall not have to wait for the next start of the host.
    const mayUseKvm = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    const facts = [engine.system, engine.version.text, mtimeMs, size, mayUseKvm];
    const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
    return new TrialCache(join(folder, `accelerators-${key}.json`), await readHostBoot());
  }

  /** Tells engines apart. */
  get key(): string {
    return this.#file;
  }

  async read(): Promise<DetailedTrial[]> {
    try {
      const { boot, trials } = rememberedTrials.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      return isSameBoot(boot, this.#boot) ? trials.filter(isFresh) : [];
    } catch {
      return [];
    }
  }

  async write(trials: readonly DetailedTrial[]): Promise<void> {
    const content = { boot: this.#boot, trials };
    await writeFileAtomically(this.#file, `${JSON.stringify(content, null, 2)}\n`);
  }

  /** Puts trials in the place of earlier ones of the same rungs. */
  async add(trials: readonly DetailedTrial[]): Promise<void> {
    const known = new Map([...(await this.read()), ...trials].map(trial => [identifyRung(trial), trial]));
    await this.write([...known.values()]);
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
