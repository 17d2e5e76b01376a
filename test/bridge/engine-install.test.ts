import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { openTestBridge } from '../rpc/support/test-bridge.ts';
import { startHostileServer } from '../support/hostile-server.ts';

describe('engine.install', () => {
  it('does nothing where QEMU is, and names it', async ctx => {
    if ((await findProgram('qemu-system-x86_64')) === undefined) return ctx.skip('not installed: qemu-system-x86_64');
    await using test = await openTestBridge();
    const { result } = await test.call('engine.install', { wait: 60, planOnly: true });
    // Without UEFI firmware there would be something to plan.
    expect(result).toMatchObject({ changed: false, system: expect.stringContaining('qemu-system-x86_64') });
  });

  it('is refused in a read-only bridge, with the engine as its group', async () => {
    await using test = await openTestBridge({ flags: { readOnly: true } });
    await expect(test.call('engine.install')).rejects.toMatchObject({ code: 'denied' });
    await expect(test.call('engine.drivers')).rejects.toMatchObject({ code: 'denied' });
  });

  it('refuses a method of another system', async ctx => {
    if (process.platform === 'win32') return ctx.skip('only where there is no winget');
    await using test = await openTestBridge();
    const outcome = test.call('engine.install', { method: 'winget', wait: 60 });
    await expect(outcome).rejects.toMatchObject({ code: 'unsupported', data: { field: 'method' } });
  });
});

describe('engine.drivers', () => {
  it('fetches from the configured address into the own folder, and tells the size first', async () => {
    const disc = Buffer.alloc(40 * 2048);
    disc.write('\u0001CD001\u0001', 16 * 2048, 'latin1');
    disc.write('virtio-win-0.1.285'.padEnd(32), 16 * 2048 + 40, 'latin1');
    disc.writeUInt32LE(40, 16 * 2048 + 80);
    disc.writeUInt16LE(2048, 16 * 2048 + 128);
    await using server = await startHostileServer(disc);
    await using test = await openTestBridge({
      configuration: { engine: { driversUrl: `${server.origin}/virtio.iso` } },
    });
    const messages: string[] = [];
    const progress = ({ message }: { message: string }) => messages.push(message);
    const { result } = await test.call('engine.drivers', { wait: 60 }, { progress });
    expect(result).toMatchObject({ fetched: true, volume: 'virtio-win-0.1.285', verified: false });
    expect(result.file).toBe(path.join(test.home, 'drivers', 'virtio-win.iso'));
    expect(existsSync(result.file)).toBe(true);
    expect(messages.join('\n')).toContain('81920 bytes');
    expect(test.audit()).toMatchObject([{ tool: 'engine.drivers', outcome: 'succeeded' }]);
  });

  it('wants an absolute path', async () => {
    await using test = await openTestBridge();
    const outcome = test.call('engine.drivers', { file: 'here.iso', wait: 60 });
    await expect(outcome).rejects.toMatchObject({ code: 'invalid', data: { field: 'file' } });
  });

  it.each(['http://mirror.example/w64/', 'ftp://mirror.example/', 'https://me:secret@mirror.example/', 'w64'])(
    'and engine.install are not led to %s by a configuration',
    async address => {
      for (const field of ['downloadUrl', 'driversUrl']) {
        const opened = openTestBridge({ configuration: { engine: { [field]: address } } });
        await expect(opened).rejects.toMatchObject({ code: 'invalid', data: { field: `engine.${field}` } });
      }
    },
  );
});
