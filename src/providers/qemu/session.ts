import type { Guest } from '../../qemu/guest.ts';
import type { Environment } from '../environment.ts';

/** A guest that this process started and keeps: its folder is removed when it ends. */
export interface KeptGuest {
  readonly guest: Guest;
  /** Resolves when QEMU is gone and its files are removed. */
  readonly cleaned: Promise<void>;
}

/** How long guests get to shut down in order when vmbridge itself ends, in milliseconds. */
const closeLimits = { acpiMs: 3000, quitMs: 2000, killMs: 2000 };

/** What one process knows of QEMU: the guests that it keeps. */
export class QemuSession {
  readonly environment: Environment;
  readonly #kept = new Map<string, KeptGuest>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Folder that holds the run folders of this user's guests. */
  get runRoot(): string {
    return this.environment.paths.run;
  }

  keep(guest: Guest, removeFiles: () => Promise<void>): void {
    const cleaned = guest.exited.then(async () => {
      this.#kept.delete(guest.folder);
      // What stays is swept by the next process; the machine has ended all the same.
      await removeFiles().catch((error: unknown) => {
        this.environment.log.warn('The files of a machine could not be removed.', { error: String(error) });
      });
    });
    this.#kept.set(guest.folder, { guest, cleaned });
  }

  find(folder: string): KeptGuest | undefined {
    return this.#kept.get(folder);
  }

  /** Ends every guest that this process keeps, side by side. */
  async close(): Promise<void> {
    await Promise.allSettled(
      [...this.#kept.values()].map(async ({ guest, cleaned }) => {
        await guest.stop(closeLimits);
        await cleaned;
      }),
    );
  }
}

/** Opens a session; what an earlier process left behind when it was killed is removed first. */
export async function openQemuSession(environment: Environment): Promise<QemuSession> {
  const { sweepRunFolders } = await import('../../host/run-folder.ts');
  const removed = await sweepRunFolders(environment.paths.run);
  if (removed.length > 0) environment.log.info('Folders of machines that are gone were removed.', { removed });
  return new QemuSession(environment);
}
