import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBootDisk, obeyPowerButton, sendSerial } from '../../qemu/support/boot-sector.ts';
import type { FaultPlace } from './fault-case.ts';

export interface OpenPlace extends FaultPlace {
  /** Undoes what was set up. */
  undo(): Promise<void>;
  /** Removes everything. */
  remove(): void;
}

export function openPlace(deep = false): OpenPlace {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-f-'));
  const home = path.join(folder, 'home', ...(deep ? ['deep'.repeat(30)] : []));
  mkdirSync(home, { recursive: true });
  const undone: (() => unknown)[] = [];
  const at = (name: string) => path.join(folder, name);
  const writeDisk = (name: string, code: readonly number[], size?: number) => {
    writeFileSync(at(name), createBootDisk(code, size));
    return at(name);
  };
  return {
    folder,
    home,
    at,
    writeDisk,
    disk: writeDisk('obedient.raw', [...sendSerial('hello'), ...obeyPowerButton]),
    writeProgram(name, script) {
      writeFileSync(at(name), `#!/bin/bash\n${script}\n`);
      chmodSync(at(name), 0o755);
      return at(name);
    },
    defer: undo => void undone.push(undo),
    async undo() {
      for (const undo of undone.splice(0).reverse()) await undo();
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}
