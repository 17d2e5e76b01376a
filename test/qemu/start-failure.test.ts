import { describe, expect, test } from 'vitest';
import { explainStartFailure } from '../../src/qemu/guest/start-failure.ts';
import { readContract } from './support/contracts.ts';
import { planFor } from './support/run-guest.ts';

const explain = (stderr: string, path = '/images/a.qcow2') =>
  explainStartFailure(planFor(path), { program: 'qemu-system-x86_64', exitCode: 1, stderr });

const expected: Record<string, string> = {
  'locked-write-second-instance': 'conflict',
  'locked-qemu-img-info': 'conflict',
  'locked-qemu-img-convert': 'conflict',
  'accel-whpx-not-built': 'host_fault',
  'missing-disk': 'not_found',
  'missing-iso': 'not_found',
  'wrong-format': 'invalid',
  'missing-ovmf-pflash': 'not_found',
  'missing-bios': 'unavailable',
  'memory-too-large': 'host_fault',
  'memory-prealloc': 'host_fault',
  'machine-unknown': 'unsupported',
  'device-unknown': 'unsupported',
  'option-unknown': 'unsupported',
  'img-info-missing': 'not_found',
};

describe('the reason why QEMU ended', () => {
  test('is known for every recorded failure', async context => {
    const text = await readContract('cli-errors-7.2.txt');
    if (text === undefined) return context.skip('no recorded texts here');
    const seen: Record<string, string> = {};
    for (const block of text.split(/^### /m).slice(1)) {
      const name = block.split('\n', 1)[0]!;
      const stderr = [...block.matchAll(/^err: (.*)$/gm)].map(([, line]) => line).join('\n');
      if (name in expected) seen[name] = explain(stderr).code;
    }
    expect(seen).toEqual(expected);
  });

  test.each([
    ['qemu: Failed to get "write" lock\nIs another process using the image [x]?', 'conflict'],
    ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'host_fault'],
    ["Could not open 'x': Permission denied", 'denied'],
    ["Could not open 'x': No such file or directory", 'not_found'],
    ["Could not open 'x': Image is not in vhdx format", 'invalid'],
    ["VHDX image file 'x' opened read-only, but contains a log that needs to be replayed", 'unsupported'],
    ['Could not write: No space left on device', 'host_fault'],
    ['setpriv: failed to execute /opt/qemu: No such file or directory', 'unavailable'],
    ['current -smp configuration requires kernel irqchip and X2APIC API support.', 'unsupported'],
    ['Segmentation fault', 'host_fault'],
    ['', 'host_fault'],
  ])('%j is a case of %s', (stderr, code) => {
    expect(explain(stderr).code).toBe(code);
  });

  test('is not read out of the path of the image, or out of the options that QEMU repeats', () => {
    const path = '/corrupt/encrypted differencing "lock".qcow2';
    const options = `-blockdev {"driver":"qcow2","file":{"filename":${JSON.stringify(path)}}}: `;
    expect(
      explain(`qemu-system-x86_64: ${options}Could not open '${path}': No such file or directory`, path).code,
    ).toBe('not_found');
  });

  test('comes with what QEMU wrote, made safe to show', () => {
    const fault = explain('bad \u001b[31m news');
    expect(fault.data).toMatchObject({ stderr: 'bad \\x1b[31m news', exitCode: 1 });
    expect(fault.message).not.toContain('news');
  });
});
