import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle, bundleEntries } from '../scripts/build/bundle.ts';
import { findProgram } from '../src/host/find-program.ts';
import { makeEmptyVhdx } from './support/sparse-images.ts';

const run = promisify(execFile);
const rounds = 15;
const limits = { milliseconds: 150, megabytes: 100 };

interface Opening {
  readonly milliseconds: number;
  readonly megabytes: number;
}

/** From the call to when clients can come, in a fresh process that runs the bundle, and what that process then takes. */
export async function measureOpening(): Promise<void> {
  if ((await findProgram('qemu-img')) === undefined) {
    console.log('\nThe opening of images is not measured: qemu-img is missing (Debian: qemu-utils).');
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  try {
    const dist = path.join(folder, 'dist');
    await bundle(dist);
    await bundleEntries(dist, { 'parts/export-image': 'src/disk/nbd/export-image.ts' });
    for (const blockSize of [undefined, '1M']) {
      const image = await makeEmptyVhdx(folder, blockSize);
      const openings: Opening[] = [];
      for (let round = 0; round < rounds; round++) openings.push(await openOnce(dist, folder, image));
      console.log(`\nServing an empty VHDX of 2 TiB, blocks of ${blockSize ?? 'the usual size'}`);
      report('milliseconds', openings);
      report('megabytes', openings);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openOnce(dist: string, folder: string, image: string): Promise<Opening> {
  const own = path.join(folder, 'run');
  mkdirSync(own);
  const part = pathToFileURL(path.join(dist, 'parts', 'export-image.js'));
  const program = `
    import { exportImage } from ${JSON.stringify(part)};
    const began = performance.now();
    const options = { path: ${JSON.stringify(image)}, format: 'vhdx', folder: ${JSON.stringify(own)} };
    const served = await exportImage(options);
    const milliseconds = performance.now() - began;
    console.log(JSON.stringify({ milliseconds, megabytes: process.memoryUsage.rss() / 1e6 }));
    await served.close();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  rmSync(own, { recursive: true });
  return JSON.parse(stdout);
}

function report(unit: keyof Opening, openings: readonly Opening[]): void {
  const values = openings.map(opening => opening[unit]).sort((a, b) => a - b);
  const middle = values[Math.floor(values.length / 2)] ?? Number.NaN;
  const [least = Number.NaN, most = Number.NaN] = [values[0], values.at(-1)];
  // The least is what it costs by itself; what is above is what else the machine does.
  const verdict = least <= limits[unit] ? 'reached' : 'NOT reached';
  const figures = [least, middle, most].map(value => value.toFixed(1)).join(' / ');
  console.log(`  ${unit} (minimum/median/maximum of ${values.length}): ${figures}; aim ≤ ${limits[unit]}: ${verdict}`);
}
