import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBootDisk, obeyPowerButton, sendSerial } from '../../../qemu/support/boot-sector.ts';
import { type Answer, openTestBridge, type TestBridge } from '../../../rpc/support/test-bridge.ts';

/** A bridge whose QEMU runs without an accelerator, which every host has, and a disk of a guest that heeds the power button. */
export interface MachineBench extends TestBridge {
  readonly folder: string;
  readonly disk: string;
  /** Another bridge with the same home, as a second server would be. */
  again(): Promise<TestBridge>;
  writeDisk(name: string, code: readonly number[]): string;
}

export const smallest = { memoryBytes: 64 * 2 ** 20, cpus: 1, network: 'none' };

export async function openMachineBench(engine: { readonly img?: string } = {}): Promise<MachineBench> {
  const configuration = { engine: { accelerator: 'tcg', ...engine }, providers: { qemu: { enabled: true } } };
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-m-'));
  const home = path.join(folder, 'home');
  const open = () => openTestBridge({ memory: false, configuration, home });
  const first = await open();
  const writeDisk = (name: string, code: readonly number[]) => {
    const file = path.join(folder, name);
    writeFileSync(file, createBootDisk(code));
    return file;
  };
  return {
    ...first,
    folder,
    disk: writeDisk('obedient.raw', [...sendSerial('hello'), ...obeyPowerButton]),
    again: open,
    writeDisk,
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** What a long call came to. */
export async function done(answer: Promise<{ operation: { state: string }; result?: unknown }>): Promise<Answer> {
  const { operation, result } = await answer;
  if (result === undefined) throw new Error(`the operation is ${operation.state}`);
  return result;
}
