import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContractServer } from '../../../support/proxmox/contract-server.ts';

export interface RealGuest extends Disposable {
  /** Where the guest's files are, on this computer too. */
  readonly folder: string;
}

/**
 * Gives the agent of a machine a folder and the shell of this computer: its programs really run. What the agent itself reads
 * and writes is kept by the contract server, and brought into step before and after each program.
 */
export function giveShell(server: ContractServer, vmid: number): RealGuest {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-guest-'));
  const { agent } = server.guest(vmid);
  const usual = agent.run;
  agent.run = ([program = '', ...rest], input) => {
    for (const [name, data] of agent.files) if (name.startsWith(folder)) writeFileSync(name, data);
    const { status, stdout, stderr, error } = spawnSync(program, rest, { input: input ?? '', maxBuffer: 2 ** 26 });
    for (const name of agent.files.keys()) if (name.startsWith(folder)) agent.files.delete(name);
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (statSync(file).isFile()) agent.files.set(file, readFileSync(file));
    }
    if (error !== undefined) return { exitcode: 127, err: error.message };
    return { exitcode: status ?? 1, out: stdout.toString('utf8'), err: stderr.toString('utf8') };
  };
  return {
    folder,
    [Symbol.dispose]: () => {
      agent.run = usual;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
