import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Log } from '../../host/log.ts';
import { type HostSettings, hostName, hostSettings } from '../../model/host.ts';

// The rest of it is checked at the next start, and costs time to load that most processes need not take.
const hostsOf = z.looseObject({ hosts: z.record(hostName, hostSettings).optional() });

type Hosts = Readonly<Record<string, HostSettings>>;

/**
 * The hosts of the configuration as the file has them now: one that is added elsewhere is seen by servers that run. While
 * the file is broken, what it said last holds.
 */
export class HostBook {
  readonly #file: string;
  readonly #log: Pick<Log, 'warn'>;
  // The file may have changed since the configuration was loaded.
  #seen = 'not yet';
  #hosts: Hosts;

  constructor(file: string, hosts: Hosts | undefined, log: Pick<Log, 'warn'>) {
    this.#file = file;
    this.#log = log;
    this.#hosts = hosts ?? {};
  }

  hosts(): Hosts {
    const seen = this.#look();
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#read();
    }
    return this.#hosts;
  }

  /** Reads anew at the next look, as what was written here may have the size and the time of what stood there. */
  forget(): void {
    this.#seen = 'not yet';
  }

  #look(): string {
    try {
      const found = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeNs}`;
    } catch {
      return 'closed';
    }
  }

  #read(): void {
    try {
      const text = readFileSync(this.#file, 'utf8').replace(/^\uFEFF/, '');
      this.#hosts = hostsOf.parse(JSON.parse(text)).hosts ?? {};
    } catch (error) {
      if (error instanceof Error && 'code' in error && /^ENO(ENT|TDIR)$/.test(String(error.code))) this.#hosts = {};
      else this.#log.warn(`The hosts stay as they were: the configuration ${this.#file} can not be used.`, { error });
    }
  }
}
