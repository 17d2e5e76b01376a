import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { unpackPackage } from '../../../../scripts/sample/debian-packages.ts';
import { type RunningProgram, startProgram } from '../../../../src/host/start-program.ts';
import { useAgent, type WithAgent } from '../../../../src/qemu/agent/use-agent.ts';

/** The real qemu-ga, run on this host and reached over a socket of its own. Its "guest" is this host. */
export class RealAgent {
  readonly folder = mkdtempSync(join(tmpdir(), 'vmb-ga-'));
  readonly path = join(this.folder, 'agent.sock');
  readonly withAgent: WithAgent = (use, options) => useAgent({ path: this.path, machine: 'this host' }, use, options);
  #program: RunningProgram | undefined;

  /** `blocked` are commands that it shall refuse. */
  static async start(blocked: readonly string[] = []): Promise<RealAgent> {
    const agent = new RealAgent();
    const root = await unpackPackage('qemu-guest-agent');
    const refused = ['guest-shutdown', 'guest-suspend-disk', 'guest-suspend-ram', 'guest-suspend-hybrid', ...blocked];
    const args = ['-m', 'unix-listen', '-p', agent.path, '-t', agent.folder, '-b', refused.join(',')];
    const program = await startProgram(join(root, 'usr/sbin/qemu-ga'), args);
    agent.#program = program;
    let ended = '';
    void program.exited.then(({ stderr }) => {
      ended = `qemu-ga ended: ${stderr}`;
    });
    for (let tries = 0; ended === ''; tries += 1) {
      const answers = await agent.withAgent(async () => true).catch(() => false);
      if (answers) return agent;
      if (tries > 200) ended = 'qemu-ga does not answer';
      await wait(25);
    }
    await agent.stop();
    throw new Error(ended);
  }

  async stop(): Promise<void> {
    this.#program?.kill();
    await this.#program?.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
