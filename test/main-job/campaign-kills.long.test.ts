import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MachineHome, openMachineHome, waitForNothing } from '../support/machine-server.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';
import { proveWhileKilled } from './support/killed-campaign.ts';

const missing = missingImageTools();
let place: MachineHome;
beforeAll(async () => {
  place = await openMachineHome();
});
afterAll(() => place[Symbol.asyncDispose]());

describe.skipIf(missing !== undefined)(`50 images, two at a time (${missing ?? 'on real boots'})`, () => {
  it('have 50 verdicts, none twice, although the server is killed ten times', { timeout: 1_800_000 }, async () => {
    const { output, verdicts, seconds } = await proveWhileKilled(place, { images: 50, kills: 10, mostVerdicts: 5 });
    console.log(`10 kills; verdicts after each: ${verdicts.join(', ')}; then 50, after ${seconds.toFixed(0)} s`);
    expect(output).toMatchObject({ total: 50, passed: 0, failed: 50, errors: 0 });
    expect(new Set(output.images.map((row: { state: string }) => row.state))).toEqual(new Set(['no_boot_device']));
    expect(new Set(output.images.map((row: { image: string }) => row.image)).size).toBe(50);
    expect(await waitForNothing(place)).toEqual([]);
  });
});
