import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectGuest, type GuestVisitor, listGuestRecords } from '../../src/qemu/guest-records.ts';
import { dirtyImage } from '../../test/support/disks/dirty-image.ts';
import { DiskProver } from '../../test/support/disks/disk-prover.ts';
import { mbrBiosGrub } from '../../test/support/images/index.ts';
import { printFigure } from './print-figure.ts';

const boots = 15;
/** How often the guest's text memory is looked at, in milliseconds. */
const lookEvery = 20;
const aim = 1;
const textMemory = { val: 0xb8000, size: 32 * 1024 };

/** From the prompt on the guest's screen, as its own text memory has it, to the verdict. */
export async function measurePromptToVerdict(): Promise<void> {
  const image = await dirtyImage(await mbrBiosGrub({ format: 'raw' }));
  const prover = await DiskProver.open();
  const delays: number[] = [];
  try {
    // The first one tries the accelerators, and does not count.
    await prover.prove(image);
    for (let boot = 0; boot < boots; boot++) delays.push(await measureBoot(prover, image));
  } finally {
    await prover.close();
  }
  printFigure(`Login prompt on the screen to verdict, seconds, ${boots} boots`, delays, aim);
}

async function measureBoot(prover: DiskProver, image: string): Promise<number> {
  const steps: { message: string; at: number }[] = [];
  const watch = new AbortController();
  const seen = watchScreen(prover, watch.signal);
  const listen = (message: string) => steps.push({ message, at: performance.now() });
  const { verdict } = await prover.prove(image, {}, listen);
  watch.abort();
  const prompt = await seen;
  const decided = steps.findLast(({ message }) => message === verdict.reason)?.at;
  if (verdict.state !== 'login' || prompt === undefined || decided === undefined) {
    throw new Error(`No prompt was seen, or no login: ${JSON.stringify(verdict)}`);
  }
  return (decided - prompt) / 1000;
}

/** When the prompt was first there, by the clock of this process. */
async function watchScreen(prover: DiskProver, signal: AbortSignal): Promise<number | undefined> {
  const visitor = await visit(prover, signal);
  try {
    while (visitor && !signal.aborted) {
      const began = performance.now();
      if (await showsPrompt(visitor)) return began;
      await wait(lookEvery);
    }
  } catch {
    // The guest has ended.
  } finally {
    visitor?.close();
  }
  return undefined;
}

async function visit(prover: DiskProver, signal: AbortSignal): Promise<GuestVisitor | undefined> {
  const runRoot = path.join(prover.home, 'run');
  while (!signal.aborted) {
    const [record] = await listGuestRecords(runRoot).catch(() => []);
    if (record) return connectGuest(record, signal);
    await wait(lookEvery);
  }
  return undefined;
}

async function showsPrompt({ qmp, record }: GuestVisitor): Promise<boolean> {
  const filename = 'bench.mem';
  await qmp.execute('pmemsave', { ...textMemory, filename });
  const memory = await readFile(path.join(record.folder, filename));
  const text = Buffer.from(memory.filter((_, index) => index % 2 === 0)).toString('latin1');
  return text.includes('vmbridge-sample login:');
}
