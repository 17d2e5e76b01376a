import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUnitCommand, readUnitKey, readUnitWords } from '../host/schedule/support/unit-words.ts';
import { openTestBridge, type TestBridge } from '../rpc/support/test-bridge.ts';
import { filesBelow } from '../support/leftovers.ts';

const kept = ['PATH', 'XDG_CONFIG_HOME', 'VMBRIDGE_HOME', 'SYSTEMCTL_EXIT', 'SYSTEMCTL_SAYS'];

describe.skipIf(process.platform !== 'linux')('A schedule, with a stand-in for systemctl,', () => {
  let folder: string;
  let test: TestBridge;
  const before = new Map<string, string | undefined>();
  const units = () => path.join(folder, 'configuration', 'systemd', 'user');
  const calls = () => (existsSync(path.join(folder, 'calls')) ? readFileSync(path.join(folder, 'calls'), 'utf8') : '');
  const nightly = { action: 'create', name: 'nightly', at: 'daily 02:00', images: ['/backups/%h "$x"'] };
  const schedule = (input: object, door: 'cli' | 'mcp' = 'cli') => test.call('proof.schedule', input, { door });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'vmb-schedule-'));
    for (const name of kept) before.set(name, process.env[name]);
    mkdirSync(path.join(folder, 'bin'));
    const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${folder}/calls'\n[ -z "$SYSTEMCTL_SAYS" ] || echo "$SYSTEMCTL_SAYS" >&2\nexit \${SYSTEMCTL_EXIT:-0}\n`;
    writeFileSync(path.join(folder, 'bin', 'systemctl'), script);
    chmodSync(path.join(folder, 'bin', 'systemctl'), 0o755);
    process.env.PATH = `${path.join(folder, 'bin')}:/usr/bin:/bin`;
    process.env.XDG_CONFIG_HOME = path.join(folder, 'configuration');
    test = await openTestBridge();
    process.env.VMBRIDGE_HOME = test.home;
  });
  afterEach(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await test[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is only shown until it is applied', async () => {
    const shown = await schedule(nightly);
    expect(shown).toMatchObject({ applied: false });
    expect(shown.files.map((file: { path: string }) => path.basename(file.path))).toEqual([
      'nightly.request.json',
      'vmbridge-prove-nightly.service',
      'vmbridge-prove-nightly.timer',
      'nightly.json',
    ]);
    expect(filesBelow(units())).toEqual([]);
    expect(existsSync(path.join(test.home, 'state', 'schedules'))).toBe(false);
    expect(calls()).toBe('');
  });

  it('is then written exactly as it was shown, and switched on', async () => {
    const shown = await schedule(nightly);
    const done = await schedule({ ...nightly, apply: true });
    expect(done).toEqual({
      ...shown,
      applied: true,
      undo: { summary: expect.any(String), irreversible: expect.stringContaining('remove') },
    });
    for (const { path: file, content } of done.files) expect(readFileSync(file, 'utf8')).toBe(content);
    expect(calls().trim().split('\n')).toEqual(done.commands.map(([, ...args]: string[]) => args.join(' ')));
    const service = readFileSync(path.join(units(), 'vmbridge-prove-nightly.service'), 'utf8');
    const words = readUnitCommand(readUnitKey(service, 'ExecStart')[0] ?? '');
    const request = path.join(test.home, 'state', 'schedules', 'nightly.request.json');
    expect(words).toEqual([process.execPath, path.resolve(process.argv[1] ?? ''), 'prove', '--request', request]);
    expect(readUnitKey(service, 'Environment').flatMap(readUnitWords)).toContain(`VMBRIDGE_HOME=${test.home}`);
    expect(readUnitKey(service, 'Environment').flatMap(readUnitWords)).toContain(`PATH=${process.env.PATH}`);
    expect(JSON.parse(readFileSync(request, 'utf8')).images).toEqual(nightly.images);
  });

  it('whose program or unit is gone is told of in the list', async () => {
    await schedule({ ...nightly, apply: true });
    expect((await schedule({ action: 'list' })).hints).toEqual([]);
    rmSync(path.join(units(), 'vmbridge-prove-nightly.timer'));
    const record = path.join(test.home, 'state', 'schedules', 'nightly.json');
    const kept = JSON.parse(readFileSync(record, 'utf8'));
    writeFileSync(record, JSON.stringify({ ...kept, programs: ['/gone/node', process.execPath] }));
    const { hints, schedules } = await schedule({ action: 'list' });
    expect(schedules).toHaveLength(1);
    expect(hints).toEqual([
      expect.stringMatching(/^"nightly" .*"\/gone\/node" is gone/),
      expect.stringMatching(/nightly\.timer" is gone/),
    ]);
    await schedule({ ...nightly, apply: true });
    expect((await schedule({ action: 'list' })).hints).toEqual([]);
  });

  it('keeps what is to be left out as it was asked for', async () => {
    const { files } = await schedule({ ...nightly, images: ['/backups', '!data*', '!/backups/old'] });
    expect(JSON.parse(files[0].content).images).toEqual(['/backups', '!data*', '!/backups/old']);
  });

  it('says how to reach systemd where this session has none of the user', async () => {
    process.env.SYSTEMCTL_EXIT = '1';
    process.env.SYSTEMCTL_SAYS = 'Failed to connect to bus: No medium found';
    await expect(schedule({ ...nightly, apply: true })).rejects.toMatchObject({
      code: 'host_fault',
      remedy: expect.stringContaining('Log on as this user'),
    });
    expect(filesBelow(units())).toEqual([]);
  });

  it('is listed, replaced under its name, and removed with all that was written and nothing else', async () => {
    mkdirSync(units(), { recursive: true });
    writeFileSync(path.join(units(), 'vmbridge-prove-other.timer'), 'of somebody else');
    await schedule({ ...nightly, apply: true });
    await schedule({ ...nightly, at: 'weekly sun 03:30', apply: true });
    const { schedules } = await schedule({ action: 'list' });
    expect(schedules).toMatchObject([{ name: 'nightly', at: 'weekly sun 03:30', images: nightly.images }]);
    const shown = await schedule({ action: 'remove', name: 'nightly' });
    expect(shown.applied).toBe(false);
    expect(existsSync(path.join(units(), 'vmbridge-prove-nightly.timer'))).toBe(true);
    await schedule({ action: 'remove', name: 'nightly', apply: true });
    expect(calls()).toContain('--user disable --now vmbridge-prove-nightly.timer');
    expect(filesBelow(units())).toEqual(['vmbridge-prove-other.timer']);
    expect(filesBelow(path.join(test.home, 'state', 'schedules'))).toEqual([]);
    await expect(schedule({ action: 'remove', name: 'nightly', apply: true })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('never takes the place of a unit that somebody else wrote, and leaves one that was changed', async () => {
    mkdirSync(units(), { recursive: true });
    const timer = path.join(units(), 'vmbridge-prove-nightly.timer');
    writeFileSync(timer, '[Timer]\n');
    await expect(schedule({ ...nightly, apply: true })).rejects.toMatchObject({ code: 'conflict' });
    expect(filesBelow(units())).toEqual(['vmbridge-prove-nightly.timer']);
    expect(calls()).toBe('');
    rmSync(timer);
    await schedule({ ...nightly, apply: true });
    writeFileSync(timer, '[Timer]\n');
    const { hints } = await schedule({ action: 'remove', name: 'nightly', apply: true });
    expect(hints.join()).toContain('is left alone');
    expect(filesBelow(units())).toEqual(['vmbridge-prove-nightly.timer']);
  });

  it('leaves nothing when systemd refuses it, and what was there before', async () => {
    process.env.SYSTEMCTL_EXIT = '5';
    await expect(schedule({ ...nightly, apply: true })).rejects.toMatchObject({ code: 'host_fault' });
    expect([...filesBelow(units()), ...filesBelow(path.join(test.home, 'state', 'schedules'))]).toEqual([]);
    process.env.SYSTEMCTL_EXIT = '0';
    await schedule({ ...nightly, apply: true });
    process.env.SYSTEMCTL_EXIT = '5';
    await expect(schedule({ ...nightly, at: 'hourly 5', apply: true })).rejects.toMatchObject({ code: 'host_fault' });
    expect((await schedule({ action: 'list' })).schedules).toMatchObject([{ at: 'daily 02:00' }]);
    expect(readFileSync(path.join(units(), 'vmbridge-prove-nightly.timer'), 'utf8')).toContain('02:00:00');
  });

  it('is refused where there is no systemctl, before anything is written', async () => {
    process.env.PATH = path.join(folder, 'empty');
    expect(await schedule(nightly)).toMatchObject({ applied: false });
    await expect(schedule({ ...nightly, apply: true })).rejects.toMatchObject({ code: 'unsupported' });
    expect(filesBelow(units())).toEqual([]);
  });

  it.each([
    [{ at: undefined }, 'at'],
    [{ images: undefined }, 'images'],
    [{ name: undefined }, 'name'],
    [{ name: '../x' }, 'name'],
    [{ name: 'con' }, 'name'],
    [{ at: 'daily 02:00\nOnCalendar=minutely' }, 'at'],
    [{ options: { limitSeconds: 1 } }, 'options.limitSeconds'],
    [{ options: { nonsense: 1 } }, 'options.nonsense'],
    [{ options: { checks: { user: 'ada', password: 'correct horse' } } }, 'options.checks.password'],
  ])('with %j is refused by the name of its field', async (change, field) => {
    await expect(schedule({ ...nightly, ...change, apply: true })).rejects.toMatchObject({
      code: 'invalid',
      data: { field },
    });
    expect(filesBelow(units())).toEqual([]);
  });

  it('is not made where nothing may be changed', async () => {
    await using readOnly = await openTestBridge({ flags: { readOnly: true } });
    const call = readOnly.call('proof.schedule', { ...nightly, apply: true }, { door: 'mcp' });
    await expect(call).rejects.toMatchObject({ code: 'denied' });
  });
});
