import { expect, it } from 'vitest';
import { openMachineHome, waitForNothing } from '../support/machine-server.ts';
import { bootInARow } from './support/boot-in-a-row.ts';

const looks = [50, 150, 300, 450, 600];

it('600 boots, four at a time, all end by the power button, and the server stops growing', {
  timeout: 3_600_000,
}, async () => {
  await using place = await openMachineHome();
  const server = await place.start();
  const { methods, memory } = await bootInARow(place, server, { boots: 600, keptEach: 3, looks });
  console.log(`stopped by: ${JSON.stringify(methods)}; MiB of the server: ${JSON.stringify(memory)}`);
  expect(methods).toEqual({ guest: 600 });
  // Measured 99, 124, 132, 132, 133: it takes 300 until V8 has all that four boots at once need, though what is alive
  // after a collection stays the same from the start. A leak would show in the second half.
  expect(memory[600]).toBeLessThan((memory[300] ?? 0) * 1.1);
  expect(await waitForNothing(place)).toEqual([]);
  await server.stop();
});
