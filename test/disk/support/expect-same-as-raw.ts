import { closeSync, openSync, readSync } from 'node:fs';
import { expect } from 'vitest';
import type { DiskImage } from '../../../src/disk/disk-image.ts';
import { runTool } from './tools.ts';

const step = 4 * 1024 * 1024;

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
  readonly zero: boolean;
}

/** Compares an image with a raw file byte by byte. What is a hole in the file is not read there, but everything of the image is. */
export async function expectSameAsRaw(image: DiskImage, raw: string): Promise<void> {
  const extents: Extent[] = JSON.parse(runTool('qemu-img', 'map', '--output=json', '-f', 'raw', raw));
  const end = extents.at(-1);
  expect(image.virtualSize).toBe((end?.start ?? 0) + (end?.length ?? 0));
  const file = openSync(raw, 'r');
  try {
    for (const extent of extents) {
      for (let done = 0; done < extent.length; ) {
        const at = extent.start + done;
        const piece = await image.locate(at, extent.length - done);
        const length = piece.kind === 'zero' && extent.zero ? piece.length : Math.min(step, piece.length);
        done += length;
        if (piece.kind === 'zero' && extent.zero) continue;
        const expected = Buffer.alloc(length);
        if (!extent.zero) readSync(file, expected, 0, length, at);
        const bytes = await image.read(at, length);
        if (bytes.equals(expected)) continue;
        const wrong = bytes.findIndex((byte, index) => byte !== expected[index]);
        expect.fail(`byte ${at + wrong} is ${bytes[wrong]} instead of ${expected[wrong]}`);
      }
    }
  } finally {
    closeSync(file);
  }
}
