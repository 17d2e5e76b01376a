import { describe, expect, it } from 'vitest';
import { explainImgFailure } from '../../../src/qemu/img/explain-img-failure.ts';
import { readContract } from '../support/contracts.ts';

const subject = {
  image: { path: '/images/No space left on device.raw', format: 'raw' as const },
  target: '/new/b.qcow2',
};
const explain = (stderr: string, exitCode: number | null = 1) =>
  explainImgFailure(subject, {
    program: 'qemu-img',
    exitCode: exitCode ?? undefined,
    signal: exitCode === null ? 'SIGKILL' : undefined,
    stderr,
  });

const recorded: Record<string, string> = {
  'locked-qemu-img-resize': 'conflict locked',
  'locked-qemu-img-convert': 'conflict locked',
  'img-create-exists-dir': 'not_found missing',
  'img-create-missing-backing': 'not_found missing',
  'img-info-missing': 'not_found missing',
};

describe('what qemu-img says', () => {
  it('is understood wherever it was recorded', async ctx => {
    const text = await readContract('cli-errors-7.2.txt');
    if (text === undefined) return ctx.skip('no recorded texts here');
    const seen: Record<string, string> = {};
    for (const block of text.split(/^### /m).slice(1)) {
      const name = block.split('\n', 1)[0] ?? '';
      const stderr = [...block.matchAll(/^err: (.*)$/gm)].map(([, line]) => line).join('\n');
      if (!(name in recorded)) continue;
      const { code, data } = explain(stderr);
      seen[name] = `${code} ${data?.reason}`;
    }
    expect(seen).toEqual(recorded);
  });

  it.each([
    ['qemu-img: error while writing at byte 4194304: No space left on device', 'host_fault disk_full'],
    ['qemu-img: b.qcow2: Could not resize file: Disk quota exceeded', 'host_fault disk_full'],
    ["qemu-img: image.raw: The image size is too large for file format 'raw'", 'unsupported too_large'],
    ['qemu-img: error while writing at byte 4294967295: File too large', 'unsupported too_large'],
    ["qemu-img: Can't resize a v2 image which has snapshots", 'conflict snapshots'],
    ['qemu-img: error while reading at byte 0: Input/output error', 'host_fault io'],
    ['setpriv: failed to execute /opt/qemu-img: No such file or directory', 'unavailable engine_missing'],
    ['something new', 'host_fault unknown'],
    ['', 'host_fault ended'],
  ])('%j means %s', (stderr, meaning) => {
    const { code, data } = explain(stderr);
    expect(`${code} ${data?.reason}`).toBe(meaning);
  });

  it('is not looked for in the names that it repeats', () => {
    const description = 'json:{"driver":"luks","filename":"/corrupt/Permission denied"}';
    expect(explain(`qemu-img: Could not open '${description}': who knows`).data?.reason).toBe('image');
    expect(explain(`qemu-img: '${subject.image.path}': who knows`).data?.reason).toBe('unknown');
  });

  it('is told with what ended it, and with its control characters made visible', () => {
    expect(explain('', null).message).toContain('SIGKILL');
    expect(JSON.stringify(explain('\u001b[31mred').data)).not.toContain('\\u001b[31m');
  });
});
