import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getAcceleratorArguments, listAccelerators } from '../../src/qemu/accelerator/accelerator-ladder.ts';
import { explainTrialFailure } from '../../src/qemu/accelerator/trial-failure.ts';
import { chooseAccelerator } from '../../src/qemu/choose-accelerator.ts';
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

  test.skipIf(
    !existsSync('/dev/kvm') || /\b(vmx|svm)\b/.test(execFileSync('cat', ['/proc/cpuinfo'], { encoding: 'utf8' })),
  )('a KVM that is there but crawls is refused within two seconds', async () => {
    // Without the host's own processor model such a KVM starts, says that it runs, and takes seconds for SeaBIOS alone.
    const plain = await wrapEngine(
      `args=(); while [ $# -gt 0 ]; do case "$1 $2" in "-cpu host"*) shift 2;; *) args+=("$1"); shift;; esac; done\nexec qemu-system-x86_64 "\${args[@]}"`,
    );
    const begin = performance.now();
    const outcome = await chooseAccelerator(plain, { requested: 'kvm', cacheFolder }).catch((error: unknown) => error);
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(outcome).toMatchObject({ code: 'host_fault', data: { trials: [{ usable: false }] } });
  });
});

describe('the ladder', () => {
  test('ends with tcg on every platform', () => {
    for (const platform of ['linux', 'win32', 'darwin', 'freebsd'] as const)
      expect(listAccelerators(platform).at(-1)).toBe('tcg');
  });

  test.each([
    [10, 'whpx,kernel-irqchip=off'],
    [11, 'whpx,kernel-irqchip=on'],
  ])('QEMU %i gets -accel %s', (major, expected) => {
    expect(getAcceleratorArguments('whpx', { text: '', major, minor: 0, micro: 0 })).toEqual(['-accel', expected]);
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
