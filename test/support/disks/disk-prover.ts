import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProofResult } from '../../../src/model/proof.ts';
import type { Bridge } from '../../../src/rpc/bridge.ts';
import { openBridge } from '../../../src/rpc/open-bridge.ts';

/** A bridge with a home of its own that proves disks; everything is gone when it is closed. */
export class DiskProver {
  readonly home: string;
  readonly bridge: Bridge;
  readonly #remove: boolean;

  private constructor(home: string, bridge: Bridge, remove: boolean) {
    this.home = home;
    this.bridge = bridge;
    this.#remove = remove;
  }

  /** `home`: a folder that is there already, and stays. */
  static async open(home?: string): Promise<DiskProver> {
    const folder = home ?? (await mkdtemp(path.join(tmpdir(), 'vmb-disks-')));
    const before = process.env.VMBRIDGE_HOME;
    process.env.VMBRIDGE_HOME = folder;
    try {
      return new DiskProver(folder, await openBridge({ stderrLevel: 'silent' }), home === undefined);
    } finally {
      if (before === undefined) delete process.env.VMBRIDGE_HOME;
      else process.env.VMBRIDGE_HOME = before;
    }
  }

  /** Half a GiB and one processor, so that several may run side by side. `listen` is told what goes on. */
  async prove(
    image: string,
    input: Record<string, unknown> = {},
    listen: (message: string) => void = () => {},
  ): Promise<ProofResult> {
    const signal = new AbortController().signal;
    const caller = { door: 'cli', signal, progress: (update: { message: string }) => listen(update.message) } as const;
    const small = { memoryBytes: 512 * 2 ** 20, cpus: 1 };
    const { result } = await this.bridge.call('image.prove', { image, wait: 3600, ...small, ...input }, caller);
    return result as ProofResult;
  }

  async close(): Promise<void> {
    await this.bridge.close();
    if (this.#remove) await rm(this.home, { recursive: true, force: true });
  }
}

/** What somebody needs who wonders about a verdict. */
export function explainProof({
  verdict,
  screenText,
  screenMethod,
  evidenceFolder,
  signals,
  attempts,
}: ProofResult): string {
  const serial = path.join(evidenceFolder, 'serial.log');
  const tail = existsSync(serial) ? readFileSync(serial, 'utf8').slice(-1500) : '';
  return JSON.stringify(
    { verdict, screenMethod, screenText, serial: tail, signals: signals?.slice(-10), attempts },
    null,
    1,
  );
}
