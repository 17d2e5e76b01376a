import { expect, it } from 'vitest';
import { openMachineHome, waitForNothing } from '../support/machine-server.ts';
import { bootInARow } from './support/boot-in-a-row.ts';

it('300 boots, four at a time, all end by the power button, and the server does not grow', {
  timeout: 3_600_000,
}, async () => {
  await using place = await openMachineHome();
  const server = await place.start();
  const { methods, memory } = await bootInARow(place, server, { boots: 300, keptEach: 3, looks: [50, 150, 300] });
  console.log(`stopped by: ${JSON.stringify(methods)}; MiB of the server: ${JSON.stringify(memory)}`);
  expect(methods).toEqual({ guest: 300 });
  expect(memory[300]).toBeLessThan((memory[50] ?? 0) * 1.15 + 8);
  expect(await waitForNothing(place)).toEqual([]);
  await server.stop();
});
