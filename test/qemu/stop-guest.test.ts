import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGuest, listGuestRecords } from '../../src/qemu/guest-records.ts';
import { halt, obeyPowerButton, powerOff, sendSerial, waitForPowerButton, writeWord } from './support/boot-sector.ts';
import { eventually, Workbench } from './support/run-guest.ts';

let bench: Workbench;
let obedient: string;
let deaf: string;

beforeAll(async () => {
  bench = await Workbench.open();
  obedient = await bench.writeDisk('obedient.raw', [...sendSerial('ready'), ...obeyPowerButton, ...halt]);
  deaf = await bench.writeDisk('deaf.raw', [...sendSerial('ready'), ...halt]);
});
afterAll(() => bench.close());

const startReady = async (path: string) => {
  const guest = await bench.start(path);
  await eventually(async () => (await guest.serial()) === 'ready');
  return guest;
};

describe('stopping', () => {
  test('presses the power button first', async () => {
    const guest = await startReady(obedient);
    // The button is heard once the guest has asked for it, which is right after it said that it is ready.
    expect(await guest.stop({ acpiMs: 10_000 })).toMatchObject({ method: 'acpi' });
    expect(await guest.exited).toMatchObject({ code: 0 });
  });

  test('presses it again, since a guest may not listen yet when it shows its prompt', async () => {
    const forgetButton = writeWord(0x600, 0x0100);
    const code = [...sendSerial('ready'), ...waitForPowerButton, ...forgetButton, ...waitForPowerButton, ...powerOff];
    const guest = await startReady(await bench.writeDisk('drowsy.raw', code));
    const result = await guest.stop({ acpiMs: 30_000 });
    expect(result.method).toBe('acpi');
    expect(result.milliseconds).toBeLessThan(20_000);
  });

  test('has QEMU quit when the guest does not listen', async () => {
    const guest = await startReady(deaf);
    const result = await guest.stop({ acpiMs: 200 });
    expect(result.method).toBe('quit');
    expect(result.milliseconds).toBeGreaterThanOrEqual(200);
    expect(result.milliseconds).toBeLessThan(3000);
  });

  test('does not wait for a guest that is paused', async () => {
    const guest = await startReady(deaf);
    await guest.qmp.execute('stop');
    expect(await guest.status()).toBe('paused');
    const result = await guest.stop({ acpiMs: 20_000 });
    expect(result).toMatchObject({ method: 'quit' });
    expect(result.milliseconds).toBeLessThan(5000);
  });

  test('kills a QEMU that does not answer', async () => {
    const guest = await startReady(deaf);
    process.kill(guest.pid, 'SIGSTOP');
    expect(await guest.stop({ acpiMs: 100, quitMs: 100, killMs: 5000 })).toMatchObject({ method: 'kill' });
    expect(await guest.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  test('gives every caller the one result', async () => {
    const guest = await startReady(deaf);
    const results = await Promise.all([guest.stop({ acpiMs: 0 }), guest.stop(), guest.stop()]);
    expect(new Set(results).size).toBe(1);
    expect(existsSync(join(guest.folder, 'qemu.pid'))).toBe(false);
  });
});

describe('guests of other processes', () => {
  test('are found by their records, and stopped over their second channel', async () => {
    const guest = await startReady(obedient);
    const runRoot = bench.folder;
    const [record] = await listGuestRecords(runRoot);
    expect(record).toMatchObject({
      folder: guest.folder,
      process: { pid: guest.pid },
      image: { path: obedient, format: 'raw' },
    });
    const visitor = await connectGuest(record!);
    expect(await visitor.status()).toBe('running');
    await expect(connectGuest(record!, AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'cancelled' });
    expect(await visitor.stop({ acpiMs: 10_000 })).toMatchObject({ method: 'acpi' });
    await guest.exited;
    expect(await visitor.status()).toBe('exited');
    visitor.close();
    expect(await listGuestRecords(runRoot)).toEqual([]);
    await expect(connectGuest(record!)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of which one visitor at a time is let in, and the next one after it', async () => {
    const guest = await startReady(deaf);
    const [record] = await listGuestRecords(bench.folder);
    (await connectGuest(record!)).close();
    const again = await connectGuest(record!);
    expect(await again.stop({ acpiMs: 100 })).toMatchObject({ method: 'quit' });
    again.close();
    await guest.exited;
  });

  test('whose records are broken, or left over, are not listed', async () => {
    const folder = await bench.makeFolder();
    const left = {
      folder,
      process: { pid: 2 ** 22 + 7 },
      owner: { pid: 1 },
      startedAt: new Date().toISOString(),
      machine: 'q35',
    };
    const rest = {
      image: { path: '/a', format: 'raw' },
      accelerator: 'tcg',
      engine: { system: 'q', version: '7' },
      visitor: '/x',
    };
    for (const content of ['', '{}', 'null', JSON.stringify({ ...left, ...rest })]) {
      await writeFile(join(folder, 'machine.json'), content);
      expect(await listGuestRecords(bench.folder)).toEqual([]);
    }
    expect(await listGuestRecords(join(bench.folder, 'nowhere'))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test.skipIf(process.platform !== 'linux')(
    'end with the process that started them, even when that one is killed',
    async () => {
      const folder = await bench.makeFolder();
      const script = join(bench.folder, 'owner.ts');
      const source = (file: string) => JSON.stringify(join(import.meta.dirname, '../../src/qemu', file));
      await writeFile(
        script,
        `import { findEngine } from ${source('find-engine.ts')};
       import { startGuest } from ${source('start-guest.ts')};
       const plan = { image: { path: ${JSON.stringify(deaf)}, format: 'raw' }, firmware: 'bios', machine: 'q35', bus: 'ahci',
         memoryBytes: 64 << 20, cpus: 1, accelerator: 'tcg', network: 'none' } as const;
       const guest = await startGuest(await findEngine(), plan, { folder: ${JSON.stringify(folder)} });
       console.log(guest.pid);
       setInterval(() => {}, 1000);`,
      );
      const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = (await once(owner.stdout, 'data')) as [Buffer];
      const pid = Number(output.toString());
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('qemu-system');
      expect(await readdir(folder)).toContain('machine.json');
      owner.kill('SIGKILL');
      await eventually(async () => !existsSync(`/proc/${pid}`));
      expect(await listGuestRecords(bench.folder)).toEqual([]);
    },
  );
});
