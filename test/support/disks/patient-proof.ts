import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ProofResult } from '../../../src/model/proof.ts';
import * as images from '../images/index.ts';
import { dirtyImage } from './dirty-image.ts';
import type { DiskProver } from './disk-prover.ts';
import { throttle } from './throttle.ts';

/** Proves an image while its QEMU gets only a share of the time. */
export async function proveThrottled(
  prover: DiskProver,
  image: string,
  share: number,
  input: Record<string, unknown>,
): Promise<ProofResult> {
  const running = prover.prove(image, input);
  let release = async () => {};
  const ended = running.then(
    () => true,
    () => true,
  );
  for (let found = false; !found && !(await Promise.race([ended, wait(50, false)])); ) {
    const answer = await prover.bridge.call('vm.list', {}, { door: 'cli', signal: new AbortController().signal });
    const [machine] = answer.machines as { processId?: number }[];
    if (machine?.processId === undefined) continue;
    release = throttle(machine.processId, share);
    found = true;
  }
  try {
    return await running;
  } finally {
    await release();
  }
}

/** Proves an image whose guest speaks on its serial line; gives the seconds from the last word to the verdict as well. */
export async function proveFrozen(prover: DiskProver, image: string): Promise<{ proof: ProofResult; waited: number }> {
  const run = path.join(prover.home, 'run');
  const stem = path.basename(image, '.vhdx').slice(0, 16);
  const lastWord = () => {
    const folder = readdirSync(run).find(name => name.startsWith(stem));
    return folder === undefined ? Number.NaN : statSync(path.join(run, folder, 'serial.log')).mtimeMs;
  };
  const steps: { message: string; waited: number }[] = [];
  const listen = (message: string) => {
    try {
      steps.push({ message, waited: (Date.now() - lastWord()) / 1000 });
    } catch {
      // There is no serial line yet, or no longer.
    }
  };
  const proof = await prover.prove(image, { firmware: 'bios' }, listen);
  const step = steps.findLast(({ message }) => message === proof.verdict.reason);
  return { proof, waited: step?.waited ?? Number.NaN };
}

/**
 * A disk whose guest counts updates on one line, each for the given seconds, and then goes on to its login. GRUB and the
 * kernel pass the script on as it is; what GRUB doubles, the backslash, the shell makes one again.
 */
export async function updatingDisk(pauses: readonly number[]): Promise<string> {
  const [echo, sleep] = ['/bin/busybox echo', '/bin/busybox sleep'];
  const step = `${echo} -n -e \\rInstalling updates, $i of ${pauses.length} are done; ${sleep} $s; i=$((i+1));`;
  const script = `i=0; for s in ${pauses.join(' ')}; do ${step} done; exec /init`;
  const extraParameters = ['rdinit=/bin/busybox', 'loglevel=3', '--', 'sh', '-c', `'${script}'`];
  return dirtyImage(await images.mbrBiosGrub({ format: 'raw', extraParameters }));
}

/**
 * A disk whose guest restarts itself twice, as after updates or a check of its disk, and then goes on to its login. GRUB
 * counts the boots on the disk, as 1, 11, 111, and tells the guest.
 */
export async function restartingDisk(): Promise<string> {
  const script = "'case '$boots' in 1|11) /bin/busybox sleep 1; exec /bin/busybox reboot -f;; esac; exec /init'";
  const extraParameters = ['rdinit=/bin/busybox', '--', 'sh', '-c', script];
  return dirtyImage(await images.mbrBiosGrub({ format: 'raw', console: 'both', extraParameters }));
}
