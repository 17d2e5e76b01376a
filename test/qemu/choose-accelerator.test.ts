import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getAcceleratorArguments, identifyRung, listRungs } from '../../src/qemu/accelerator/accelerator-ladder.ts';
import { describeChoice } from '../../src/qemu/accelerator/describe-choice.ts';
import { rememberLateFailure } from '../../src/qemu/accelerator/remember-late-failure.ts';
import { explainTrialFailure } from '../../src/qemu/accelerator/trial-failure.ts';
import { type AcceleratorChoice, chooseAccelerator } from '../../src/qemu/choose-accelerator.ts';
import type { Engine } from '../../src/qemu/engine.ts';
import { findEngine } from '../../src/qemu/find-engine.ts';
import { readContract } from './support/contracts.ts';

let engine: Engine;
let root: string;
let cacheFolder: string;

beforeAll(async () => {
  engine = await findEngine();
  root = await mkdtemp(join(tmpdir(), 'vmb-'));
});
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(root, 'cache-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A QEMU that does something of its own before, or instead of, being the real one. */
async function wrapEngine(script: string): Promise<Engine> {
  const system = join(cacheFolder, 'wrapped-qemu');
  await writeFile(system, `#!/bin/bash\necho run >> '${join(cacheFolder, 'runs')}'\n${script}\n`);
  await chmod(system, 0o755);
  return { ...engine, system };
}
const countRuns = async () =>
  (await readFile(join(cacheFolder, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;
const succeed = `exec ${'/usr/bin/env'} qemu-system-x86_64 "$@"`;
/** A KVM that works, as far as anybody outside can tell. */
const kvmByEmulation = `args=("\${@/#kvm*/tcg}"); args=("\${args[@]/#host,*/max}"); exec qemu-system-x86_64 "\${args[@]}"`;
/** The device is there and the guest shows life, but its work takes for ever. */
const crawl = 'printf SeaBIOS > debug.log; exec sleep 60';
/** QEMU is loaded, and the host has no time for its guest: longer than a working rung may take on an idle host. */
const stopForAWhile = ': > debug.log; sleep 2.5';

describe('choosing', () => {
  test('tcg works everywhere, and leaves nothing behind but what it remembers', async () => {
    const choice = await chooseAccelerator(engine, { requested: 'tcg', cacheFolder });
    expect(choice).toMatchObject({ accelerator: 'tcg', trials: [{ accelerator: 'tcg', usable: true }] });
    expect(choice.warning).toBeUndefined();
    expect(await readdir(cacheFolder)).toEqual([expect.stringMatching(/^accelerators-[0-9a-f]{16}\.json$/)]);
  });

  test('falls back to tcg with a warning that names the cause, and says the same from memory', async () => {
    const broken = await wrapEngine(
      `case "$*" in *"-accel kvm"*) echo "Could not access KVM kernel module: Permission denied" >&2; exit 1;; esac\n${succeed}`,
    );
    const first = await chooseAccelerator(broken, { cacheFolder });
    expect(first.accelerator).toBe('tcg');
    expect(first.trials.map(({ accelerator, usable }) => [accelerator, usable])).toEqual([
      ['kvm', false],
      ['tcg', true],
    ]);
    expect(first.warning).toMatch(/kvm.*may not open \/dev\/kvm.*tcg/);
    expect(first.remedy).toContain('usermod');
    expect(await chooseAccelerator(broken, { cacheFolder })).toEqual(first);
    expect(await countRuns()).toBe(2);
    await chooseAccelerator(broken, { cacheFolder, retry: true });
    expect(await countRuns()).toBe(4);
  });

  test('never replaces an accelerator that was asked for by name', async () => {
    const outcome = chooseAccelerator(engine, { requested: 'hvf', cacheFolder });
    await expect(outcome).rejects.toMatchObject({
      code: 'host_fault',
      data: { trials: [{ accelerator: 'hvf', cause: 'not_built_in' }] },
    });
  });

  test('says so when not even tcg works', async () => {
    const broken = await wrapEngine('echo "no luck" >&2; exit 1');
    await expect(chooseAccelerator(broken, { requested: 'tcg', cacheFolder })).rejects.toMatchObject({
      code: 'host_fault',
      data: { trials: [{ stderr: 'no luck\n' }] },
    });
  });

  test('callers at the same time share one trial, and one who leaves does not end it for the others', async () => {
    const counted = await wrapEngine(succeed);
    const controller = new AbortController();
    const options = { requested: 'tcg' as const, cacheFolder };
    const leaving = chooseAccelerator(counted, { ...options, signal: controller.signal });
    const staying = [chooseAccelerator(counted, options), chooseAccelerator(counted, options)];
    setTimeout(() => controller.abort(), 30);
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
    for (const choice of await Promise.all(staying)) expect(choice.accelerator).toBe('tcg');
    expect(await countRuns()).toBe(1);
  });

  test('a cancelled trial leaves no process and no folder', async () => {
    const sleeping = await wrapEngine('exec sleep 60');
    const outcome = chooseAccelerator(sleeping, { requested: 'tcg', cacheFolder, signal: AbortSignal.timeout(150) });
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
    expect((await readdir(cacheFolder)).filter(name => name.startsWith('trial'))).toEqual([]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(cacheFolder);
  });

  test.each([
    '',
    'not json',
    '{}',
    '{"boot":{"startedAt":0},"trials":[]}',
    '{"boot":{"id":"another","startedAt":1},"trials":[{}]}',
  ])('memory that reads %j counts as none', async content => {
    const options = { requested: 'tcg' as const, cacheFolder };
    await chooseAccelerator(engine, options);
    const [name] = await readdir(cacheFolder);
    await writeFile(join(cacheFolder, name!), content);
    expect((await chooseAccelerator(engine, options)).accelerator).toBe('tcg');
    expect(JSON.parse(await readFile(join(cacheFolder, name!), 'utf8'))).toMatchObject({
      trials: [{ accelerator: 'tcg' }],
    });
  });

  test('memory of a time without rungs is passed over', async () => {
    const options = { requested: 'tcg' as const, cacheFolder };
    await chooseAccelerator(engine, options);
    const name = (await readdir(cacheFolder)).find(entry => entry.endsWith('.json'))!;
    const remembered = JSON.parse(await readFile(join(cacheFolder, name), 'utf8'));
    const { cpu: _, ...old } = { ...remembered.trials[0], usable: false, cause: 'too_slow', reason: 'of old' };
    await writeFile(join(cacheFolder, name), JSON.stringify({ ...remembered, trials: [old] }));
    expect((await chooseAccelerator(engine, options)).trials).toMatchObject([{ usable: true }]);
  });

  test('what another run of the host has found out is not used', async () => {
    const counted = await wrapEngine(succeed);
    const options = { requested: 'tcg' as const, cacheFolder };
    await chooseAccelerator(counted, options);
    const name = (await readdir(cacheFolder)).find(entry => entry.endsWith('.json'))!;
    const remembered = JSON.parse(await readFile(join(cacheFolder, name), 'utf8'));
    await writeFile(
      join(cacheFolder, name),
      JSON.stringify({ ...remembered, boot: { id: 'an earlier one', startedAt: 1 } }),
    );
    await chooseAccelerator(counted, options);
    expect(await countRuns()).toBe(2);
  });

  test('says what is in the way where somebody knows, and goes on without when that fails', async () => {
    const broken = await wrapEngine(
      `case "$*" in *"-accel kvm"*) echo "ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy" >&2; exit 1;; esac\n${succeed}`,
    );
    const explainConflicts = async () => [{ name: 'VirtualBox', remedy: 'End its machines.' }];
    const choice = await chooseAccelerator(broken, { cacheFolder, explainConflicts });
    expect(choice.warning).toContain('VirtualBox');
    expect(choice.remedy).toBe('End its machines.');
    const silent = await chooseAccelerator(broken, {
      cacheFolder,
      explainConflicts: () => Promise.reject(new Error()),
    });
    expect(silent).toMatchObject({ accelerator: 'tcg', warning: expect.stringContaining('Another hypervisor') });
  });

  test('an incomplete KVM is tried with a plain processor before it is given up', async () => {
    const incomplete = await wrapEngine(
      `case "$*" in *"-cpu host"*) echo "error: failed to set MSR 0x10a to 0x69" >&2; kill -ABRT $$;; esac\n${kvmByEmulation}`,
    );
    const choice = await chooseAccelerator(incomplete, { cacheFolder });
    expect(choice).toMatchObject({ accelerator: 'kvm', cpu: expect.stringMatching(/^Nehalem/) });
    expect(choice.trials.map(({ usable }) => usable)).toEqual([false, true]);
    expect(choice.warning).toMatch(/kvm is only partly usable.*refuses processor registers.*Nehalem/);
  });

  test('a rung that failed in earnest is left out until the host starts anew, or a retry is asked for', async () => {
    const working = await wrapEngine(kvmByEmulation);
    const first = await chooseAccelerator(working, { cacheFolder });
    expect(first).toMatchObject({ accelerator: 'kvm', cpu: expect.stringMatching(/^host/) });
    await rememberLateFailure(working, cacheFolder, first, 'It stopped with an internal error.');
    const second = await chooseAccelerator(working, { cacheFolder });
    expect(second).toMatchObject({ accelerator: 'kvm', cpu: expect.stringMatching(/^Nehalem/) });
    expect(second.warning).toContain('It stopped with an internal error.');
    const third = await chooseAccelerator(working, {
      cacheFolder,
      failed: [
        { ...first, reason: 'one' },
        { ...second, reason: 'two' },
      ],
    });
    expect(third).toMatchObject({ accelerator: 'tcg', warning: expect.stringContaining('kvm is not usable') });
    expect(identifyRung(await chooseAccelerator(working, { cacheFolder, retry: true }))).toBe(identifyRung(first));
  });

  test('a QEMU that takes long to load is not taken for a slow accelerator', async () => {
    const scanned = await wrapEngine(`sleep 3\n${kvmByEmulation}`);
    expect(await chooseAccelerator(scanned, { cacheFolder })).toMatchObject({ accelerator: 'kvm' });
  });

  test('a rung is not refused on a host on which nothing is quick', async () => {
    const busy = await wrapEngine(`${stopForAWhile}\n${kvmByEmulation}`);
    expect(await chooseAccelerator(busy, { cacheFolder })).toMatchObject({ accelerator: 'kvm' });
  });
});

describe('a broken KVM', () => {
  /** The quickest of three tries: other work on this machine only ever adds to the time. */
  async function measure(broken: Engine): Promise<{ choice: AcceleratorChoice; milliseconds: number }> {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; ; round++) {
      const begin = performance.now();
      const choice = await chooseAccelerator(broken, { cacheFolder, retry: true });
      best = Math.min(best, performance.now() - begin);
      if (best < 2000 || round === 2) return { choice, milliseconds: best };
    }
  }

  test('that aborts with one processor and crawls with another ends in tcg within 2 s, with a warning', async () => {
    const broken = await wrapEngine(
      `case "$*" in
      *"-cpu host"*) echo "error: failed to set MSR 0x10a to 0x69" >&2; kill -ABRT $$;;
      *"-accel kvm"*) ${crawl};;
      esac\n${succeed}`,
    );
    const { choice, milliseconds } = await measure(broken);
    expect(choice.accelerator).toBe('tcg');
    expect(choice.trials.map(({ accelerator, usable }) => [accelerator, usable])).toEqual([
      ['kvm', false],
      ['kvm', false],
      ['tcg', true],
    ]);
    expect(choice.warning).toMatch(/kvm is not usable.*refuses processor registers.*crawled.*tcg/);
    expect(milliseconds).toBeLessThan(2000);
  });

  test('of this host ends in tcg within 2 s, with a warning', async ctx => {
    if (!existsSync('/dev/kvm')) return ctx.skip('there is no /dev/kvm here');
    if (/\b(vmx|svm)\b/.test(await readFile('/proc/cpuinfo', 'utf8'))) return ctx.skip('the KVM of this host works');
    const { choice, milliseconds } = await measure(engine);
    expect(choice).toMatchObject({ accelerator: 'tcg', warning: expect.stringContaining('kvm is not usable') });
    expect(milliseconds).toBeLessThan(2000);
  });

  test('that only crawls is refused when it is asked for by name', async () => {
    const broken = await wrapEngine(`case "$*" in *"-accel kvm"*) ${crawl};; esac\n${succeed}`);
    const outcome = chooseAccelerator(broken, { requested: 'kvm', cacheFolder });
    await expect(outcome).rejects.toMatchObject({ code: 'host_fault', data: { trials: [{ cause: 'too_slow' }, {}] } });
  });
});

describe('the ladder', () => {
  const version = (major: number) => ({ text: '', major, minor: 0, micro: 0 });
  const rungsOf = (platform: NodeJS.Platform, architecture: NodeJS.Architecture, major = 9) =>
    listRungs({ platform, architecture }, version(major)).map(identifyRung);

  test('ends with tcg on every host, and has nothing else where the processor is another one', () => {
    for (const platform of ['linux', 'win32', 'darwin', 'freebsd'] as const) {
      expect(rungsOf(platform, 'x64').at(-1)).toMatch(/^tcg /);
      expect(rungsOf(platform, 'arm64')).toEqual([expect.stringMatching(/^tcg /)]);
    }
  });

  test('says on such a host that guests are emulated', () => {
    const trial = { accelerator: 'tcg', usable: true, reason: '', milliseconds: 1, cause: 'none', stderr: '', at: 0 };
    const describe = (architecture: NodeJS.Architecture) =>
      describeChoice([{ ...trial, accelerator: 'tcg' }], { conflicts: [], architecture }).warning;
    expect(describe('arm64')).toMatch(/arm64.*emulates/);
    expect(describe('x64')).toBeUndefined();
  });

  test.each([
    [10, ['whpx kernel-irqchip=off', 'whpx kernel-irqchip=on']],
    [11, ['whpx kernel-irqchip=on', 'whpx kernel-irqchip=off']],
  ])('of Windows with QEMU %i begins with %j', (major, expected) => {
    expect(rungsOf('win32', 'x64', major).slice(0, -1)).toEqual(expected);
    expect(getAcceleratorArguments('whpx', version(major))).toEqual(['-accel', expected[0]!.replace(' ', ',')]);
  });

  test('gives QEMU what a rung says, and the best of an accelerator that is named alone', () => {
    expect(getAcceleratorArguments('kvm', version(9), { cpu: 'Nehalem' })).toEqual([
      '-accel',
      'kvm',
      '-cpu',
      'Nehalem',
    ]);
    expect(getAcceleratorArguments('kvm', version(9))).toEqual(['-accel', 'kvm', '-cpu', 'host,vmx=off,svm=off']);
  });
});

describe('causes', () => {
  test.each([
    ['whpx', 'qemu-system-x86_64.exe: -accel whpx: WHPX: No accelerator found, hr=00000000', 'whpx_disabled'],
    ['whpx', 'qemu-system-x86_64.exe: failed to initialize whpx: No space left on device', 'whpx_disabled'],
    ['whpx', 'Could not load library WinHvPlatform.dll', 'whpx_absent'],
    ['whpx', 'WHPX: kernel irqchip requested, but unavailable. Try without kernel-irqchip', 'whpx_irqchip'],
    ['whpx', 'WHPX: Unexpected VP exit code 4', 'whpx_failed'],
    ['whpx', 'qemu-system-x86_64: -accel whpx: invalid accelerator whpx', 'not_built_in'],
    ['kvm', 'Could not access KVM kernel module: No such file or directory', 'kvm_absent'],
    ['kvm', 'Could not access KVM kernel module: Permission denied', 'kvm_permission'],
    ['kvm', 'ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy', 'hypervisor_busy'],
    ['kvm', 'qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69', 'kvm_incomplete'],
    ['hvf', 'Error: hv_vm_create HV_DENIED', 'hvf_unsupported'],
    ['tcg', 'something never seen', 'unknown'],
  ] as const)('of %s: %s', (accelerator, stderr, cause) => {
    expect(explainTrialFailure(accelerator, stderr).cause).toBe(cause);
  });

  test('of every recorded failure are known', async context => {
    const text = await readContract('accelerator-errors.txt');
    if (text === undefined) return context.skip('no recorded texts here');
    for (const block of text.split(/^== /m).slice(1)) {
      const name = block.split(/\s/, 1)[0]!;
      const lines = block
        .split('\n')
        .slice(1)
        .filter(line => line !== '' && !line.startsWith('#'));
      if (name.includes('works')) continue;
      for (const line of lines)
        expect.soft(explainTrialFailure('whpx', line).cause, `${name}: ${line}`).not.toBe('unknown');
    }
  });
});
