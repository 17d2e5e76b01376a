import type { ReadRegistryKey } from '../../host/windows/read-registry-key.ts';

/** Something on this host that keeps QEMU from the processor's virtualization. */
export interface Conflict {
  readonly name: string;
  /** What was found, and what it does to QEMU, in one sentence or two. */
  readonly reason: string;
  readonly remedy: string;
  /** A certain one keeps guests from the hardware now; a possible one is the culprit when the hardware fails its trial. */
  readonly likelihood: Likelihood;
}
export type Likelihood = 'certain' | 'possible';

/** What a check finds: the beginning of its sentence. */
export interface Finding {
  readonly found: string;
  readonly likelihood: Likelihood;
}

export interface ConflictCheck {
  readonly name: string;
  detect(host: ConflictHost): Promise<Finding | undefined>;
  readonly explains: string;
  readonly remedy: string;
}

/** All that checks read of a host: replaced in tests. */
export interface ConflictHost {
  /** Of the processor, as Node names it. */
  readonly arch: string;
  /** The text of a file; undefined when it is not there or may not be read. */
  readText(file: string): Promise<string | undefined>;
  exists(file: string): Promise<boolean>;
  mayReadAndWrite(file: string): Promise<boolean>;
  /** Names of running programs, by process number. */
  listPrograms(): Promise<ReadonlyMap<number, string>>;
  readonly readKey: ReadRegistryKey;
}

/** The first running program of a list, as "name, process number". */
export async function findRunning(host: ConflictHost, names: readonly string[]): Promise<string | undefined> {
  const wanted = names.map(name => name.toLowerCase());
  for (const [pid, name] of await host.listPrograms()) {
    if (wanted.includes(name.toLowerCase())) return `${name}, process ${pid}`;
  }
  return undefined;
}
