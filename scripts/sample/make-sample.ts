import { existsSync } from 'node:fs';
import { buildSystemDisk, nameImage } from './build-image.ts';

// Builds the sample image and prints its path; with --find it only prints the path of one that is there.
const recipe = {
  firmware: 'uefi',
  behaviour: 'login',
  console: 'screen',
  hostname: 'vmbridge-sample',
  workSeconds: 0,
} as const;
const storage = { format: 'vhdx', options: ['subformat=dynamic'] } as const;

const present = nameImage('sample', recipe, storage);
if (!process.argv.includes('--find')) process.stdout.write(`${await buildSystemDisk('sample', recipe, storage)}\n`);
else if (existsSync(present)) process.stdout.write(`${present}\n`);
