import { dirtyImage } from '../../test/support/disks/dirty-image.ts';
import { DiskProver } from '../../test/support/disks/disk-prover.ts';
import { gptUefiGrub, mbrBiosGrub } from '../../test/support/images/index.ts';
import { printFigure } from './print-figure.ts';

const workSeconds = 75;
const rounds = 3;
const aim = 0.05;

/** What watching a boot of more than a minute costs this process, in processors, from the guest's start to the verdict. */
export async function measureWatchingCost(): Promise<void> {
  const options = { format: 'raw', workSeconds } as const;
  const images = { 'text screen (BIOS)': mbrBiosGrub, 'picture of 1280 × 800 (UEFI)': gptUefiGrub };
  for (const [name, build] of Object.entries(images)) {
    const image = await dirtyImage(await build(options));
    const prover = await DiskProver.open();
    try {
      const shares: number[] = [];
      for (let round = 0; round < rounds; round++) shares.push(await measureBoot(prover, image));
      printFigure(`Watching a boot of more than ${workSeconds} s, processors, ${name}`, shares, aim);
    } finally {
      await prover.close();
    }
  }
}

interface Step {
  readonly message: string;
  readonly at: number;
  readonly usage: NodeJS.CpuUsage;
}

async function measureBoot(prover: DiskProver, image: string): Promise<number> {
  const steps: Step[] = [];
  const listen = (message: string) => steps.push({ message, at: performance.now(), usage: process.cpuUsage() });
  const { verdict, attempts } = await prover.prove(image, { limitSeconds: 280 }, listen);
  const end = steps.findLast(({ message }) => message === verdict.reason);
  // What comes before it is inspection, trial of the accelerators and the start.
  const start = steps.find(({ message }) => message === 'A boot loader runs.' || message === 'The machine is at work.');
  if (verdict.state !== 'login' || attempts.length !== 1 || !start || !end) {
    throw new Error(`This boot can not be measured: ${JSON.stringify(verdict)}`);
  }
  const spent = end.usage.user + end.usage.system - start.usage.user - start.usage.system;
  return spent / 1000 / (end.at - start.at);
}
