import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/errors/fault.ts';
import type { CallContext } from '../../src/model/call.ts';
import { bootImage } from '../../src/proof/boot-image.ts';
import { type ProofOptions, type ProofServices, proveImage } from '../../src/proof/prove-image.ts';
import { watchAccelerator } from '../../src/proof/watch-accelerator.ts';
import { bootImage as bootKept } from '../../src/providers/qemu/boot-image.ts';
import { getMachine, listMachines } from '../../src/providers/qemu/machines.ts';
import { openQemuSession } from '../../src/providers/qemu/session.ts';
import { stopMachine } from '../../src/providers/qemu/stop-machine.ts';
import { environmentOf } from '../providers/memory/support/pretend.ts';
import { halt, sendSerial, showOnScreen } from '../qemu/support/boot-sector.ts';
import { eventually, Workbench } from '../qemu/support/run-guest.ts';
import { mbrBiosGrub } from '../support/images/index.ts';
import { processesNaming } from '../support/leftovers.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';
import { failLater, writeStandIn } from '../support/stand-in-qemu.ts';

// The ladder of an x64 Linux host is the one that has KVM.
const isHere = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!isHere)('an accelerator that fails late', () => {
  let bench: Workbench;
  let prompt: string;
  let idle: string;

  beforeAll(async () => {
    bench = await Workbench.open();
    prompt = await bench.writeDisk('prompt.raw', [...sendSerial('box login: '), ...halt]);
    idle = await bench.writeDisk('idle.raw', [...showOnScreen('WAIT'), ...halt]);
  });
  afterAll(() => bench.close());

  async function services(script: string): Promise<ProofServices> {
    const folder = await mkdtemp(path.join(bench.folder, 'late-'));
    return {
      engine: { system: await writeStandIn(folder, bench.engine.system, script), img: bench.engine.img },
      cacheFolder: path.join(folder, 'cache'),
      runRoot: path.join(folder, 'run'),
      evidenceRoot: path.join(folder, 'evidence'),
      stateFolder: folder,
      version: '1.2.3-test',
      signal: new AbortController().signal,
      progress: () => {},
    };
  }

  const options = (image: string, changes: Partial<ProofOptions> = {}): ProofOptions => ({
    image,
    firmware: 'bios',
    machine: 'auto',
    bus: 'ahci',
    memoryBytes: 256 * 1024 * 1024,
    cpus: 1,
    accelerator: 'auto',
    network: 'none',
    limitSeconds: 120,
    sha256: false,
    ...changes,
  });
  const crash = 'if [ $isKvm$isTrial = 10 ]; then kill -ABRT $$; fi';
  const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

  // On a busy host each of these takes many times what it takes on a quiet one.
  const patient = { timeout: 240_000 };

  it(
    'with QEMU left paused ends in a retry by emulation, and the verdict of a real system is login',
    patient,
    async ctx => {
      const missing = await missingImageTools();
      if (missing !== undefined) return ctx.skip(missing);
      const given = await services(failLater(bench.engine.system, 1));
      const image = await mbrBiosGrub();
      const proof = await proveImage(options(image), given);
      expect(proof.attempts.map(({ accelerator, verdict }) => [accelerator, verdict?.state, verdict?.rule])).toEqual([
        ['kvm', 'host_fault', 'engine-internal-error'],
        ['kvm', 'host_fault', 'engine-internal-error'],
        ['tcg', 'login', expect.any(String)],
      ]);
      expect(proof).toMatchObject({ accelerator: 'tcg', verdict: { state: 'login' }, unchanged: true });
      expect(proof.warnings.join()).toMatch(/kvm is not usable.*internal error.*tcg/);
      expect(list(given.runRoot)).toEqual([]);
      // The next boot goes to emulation at once.
      const again = await bootImage({ ...options(idle), until: 'started' }, given);
      await again.guest.stop({ acpiMs: 0 });
      await again.removeFiles();
      expect(again.failures).toEqual([]);
      expect(again.planned.choice.trials.map(({ accelerator, usable }) => [accelerator, usable])).toEqual([
        ['kvm', false],
        ['kvm', false],
        ['tcg', true],
      ]);
      expect(processesNaming(bench.folder)).toEqual([]);
    },
  );

  it('is replaced while image.boot waits for the verdict, in the same folder', async () => {
    const given = await services(failLater(bench.engine.system, 1));
    const slow = await bench.writeDisk('slow.raw', [...showOnScreen('WAIT'), ...halt]);
    const booted = await bootImage({ ...options(slow, { limitSeconds: 8 }), until: 'verdict' }, given);
    expect(booted.planned.plan.accelerator).toBe('tcg');
    expect(booted.verdict?.rule).toBe('limit-reached');
    expect(booted.warnings.join()).toMatch(/kvm is not usable/);
    expect(await booted.guest.status()).toBe('running');
    expect(list(given.runRoot)).toEqual([path.basename(booted.guest.folder)]);
    await booted.guest.stop({ acpiMs: 0 });
    await booted.removeFiles();
    expect(list(given.runRoot)).toEqual([]);
  });

  it('is replaced when QEMU crashes as it starts', async () => {
    const given = await services(crash);
    const booted = await bootImage({ ...options(prompt), until: 'started' }, given);
    expect(booted.planned.plan.accelerator).toBe('tcg');
    expect(booted.warnings.join()).toMatch(/kvm is not usable/);
    await booted.guest.stop({ acpiMs: 0 });
    await booted.removeFiles();
  });

  it('is replaced, and not thought badly of, when somebody kills QEMU', async () => {
    const given = await services('if [ $isKvm$isTrial = 10 ]; then (sleep 1; kill -KILL $$) & fi');
    const proof = await proveImage(options(idle, { limitSeconds: 5 }), given);
    expect(proof.attempts.map(({ accelerator, verdict }) => [accelerator, verdict?.rule])).toEqual([
      ['kvm', 'engine-ended'],
      ['kvm', 'engine-ended'],
      ['tcg', 'limit-reached'],
    ]);
    const [name] = readdirSync(given.cacheFolder);
    const { trials } = JSON.parse(await readFile(path.join(given.cacheFolder, name!), 'utf8'));
    expect(trials.map(({ cause }: { cause: string }) => cause)).toEqual(['none', 'none', 'none']);
  });

  it('by standing still is told from a guest that does, by another trial', async () => {
    const folder = await mkdtemp(path.join(bench.folder, 'crawl-'));
    const mark = path.join(folder, 'passed');
    const given = await services(
      `if [ $isKvm$isTrial = 11 ]; then if [ -e '${mark}' ]; then : > debug.log; exec sleep 60; fi; fi
       if [ $isKvm$isTrial = 10 ]; then : > '${mark}'; fi`,
    );
    const proof = await proveImage(options(idle, { limitSeconds: 5 }), given);
    expect(proof.attempts.map(({ accelerator, verdict }) => [accelerator, verdict?.rule])).toEqual([
      ['kvm', 'accelerator-crawls'],
      ['tcg', 'limit-reached'],
    ]);
  });

  it('is not replaced when it was asked for by name, and the fault says why', async () => {
    const given = await services(failLater(bench.engine.system, 0.5));
    const proof = await proveImage(options(idle), { ...given, engine: { ...given.engine, accelerator: 'kvm' } });
    expect(proof.attempts).toHaveLength(1);
    expect(proof.verdict).toMatchObject({ state: 'host_fault', rule: 'engine-internal-error' });
    expect(proof.warnings.join()).toMatch(/kvm was asked for by name/);
    const crashing = await services(crash);
    const outcome = bootImage({ ...options(idle, { accelerator: 'kvm' }), until: 'started' }, crashing);
    const fault = await outcome.catch((error: Fault) => error);
    expect(fault).toMatchObject({ code: 'host_fault', remedy: expect.stringContaining('asked for by name') });
    expect(list(crashing.runRoot)).toEqual([]);
  });

  it('by crawling is noticed in a machine that runs unwatched', patient, async () => {
    const folder = await mkdtemp(path.join(bench.folder, 'crawl-'));
    const mark = path.join(folder, 'passed');
    const given = await services(
      `if [ $isKvm$isTrial = 11 ] && [ -e '${mark}' ]; then printf x > debug.log; exec sleep 60; fi
       if [ $isKvm$isTrial = 10 ]; then : > '${mark}'; fi`,
    );
    // jmp to itself, at once
    const spinning = await bench.writeDisk('spin.raw', [0xeb, 0xfe]);
    const { guest, planned, removeFiles } = await bootImage({ ...options(spinning), until: 'started' }, given);
    expect(planned.plan.accelerator).toBe('kvm');
    const failure = await watchAccelerator(guest, { planned, services: given, seconds: 200, stillSeconds: 2 });
    expect(failure).toMatchObject({ blame: 'certain', reason: expect.stringContaining('kvm no longer works') });
    await guest.stop({ acpiMs: 0 });
    await removeFiles();
  });

  it.each([
    ['stops with an internal error', (system: string) => failLater(system, 2)],
    ['crashes', () => 'if [ $isKvm$isTrial = 10 ]; then (sleep 2; kill -ABRT $$) & fi'],
  ])('and %s in a machine that runs unwatched has it started again under its name', async (_, script) => {
    const given = await services(script(bench.engine.system));
    const home = await mkdtemp(path.join(bench.folder, 'home-'));
    const base = environmentOf({}, home);
    const lines: string[] = [];
    const log = { ...base.log, warn: (message: string) => void lines.push(message) };
    const session = await openQemuSession({ ...base, log, engine: { ...given.engine } });
    const call: CallContext = { signal: given.signal, door: 'cli', progress: () => {} };
    try {
      const input = { ...options(idle), until: 'started' as const };
      const { sha256: _, evidenceFolder: __, ...rest } = input;
      const { machine } = await bootKept(session, rest, call);
      const pidOf = () =>
        getMachine(session, { vm: machine.name }, call).then(
          ({ machine: { processId } }) => processId,
          () => undefined,
        );
      // Two rungs of KVM fail, one after the other.
      await eventually(async () => lines.length === 2);
      const last = await eventually(pidOf);
      expect(last).not.toBe(machine.processId);
      await wait(3000);
      expect(await getMachine(session, { vm: machine.name }, call)).toMatchObject({
        machine: { name: machine.name, id: machine.id, state: 'running', processId: last },
      });
      expect(lines).toHaveLength(2);
      await stopMachine(session, { vm: machine.name, force: true, timeoutSeconds: 5 }, call);
      expect((await listMachines(session)).total).toBe(0);
      expect(list(session.runRoot)).toEqual([]);
    } finally {
      await session.close();
    }
    expect(processesNaming(home)).toEqual([]);
  });
});
