import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFileHolders } from '../../src/host/find-file-holders.ts';
import { runProgram } from '../../src/host/run-program.ts';
import { startProgram } from '../../src/host/start-program.ts';
import { findFirmware } from '../../src/qemu/find-firmware.ts';
import { startGuest } from '../../src/qemu/start-guest.ts';
import { halt, panic, powerOff, restart, scrollBy, sendSerial, showOnScreen } from './support/boot-sector.ts';
import { eventually, planFor, readText, Workbench } from './support/run-guest.ts';

let bench: Workbench;
let helloDisk: string;

beforeAll(async () => {
  bench = await Workbench.open();
  helloDisk = await bench.writeDisk('hello.raw', [
    ...showOnScreen('HELLO SCREEN'),
    ...sendSerial('hello serial'),
    ...halt,
  ]);
});
afterAll(() => bench.close());

const hash = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
const waitForHello = (guest: { serial(): Promise<string> }) =>
  eventually(async () => (await guest.serial()).includes('hello serial'));
const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

describe('a started guest', () => {
  test('shows its screen, its text, its serial line, its firmware log and what it has done', async () => {
    const guest = await bench.start(helloDisk);
    await waitForHello(guest);
    const picture = await guest.screendump();
    expect([picture.width, picture.height, picture.rgb.length]).toEqual([720, 400, 720 * 400 * 3]);
    expect(readText((await guest.vgaText())!)).toContain('HELLO SCREEN');
    expect(await guest.firmwareLog()).toMatch(/SeaBIOS/);
    const activity = await guest.activity();
    expect(activity.diskReadBytes).toBeGreaterThanOrEqual(512);
    expect(activity.diskWriteBytes).toBe(0);
    expect(activity.cpuSeconds).toBeGreaterThan(0);
    expect(await guest.status()).toBe('running');
    expect(guest.arguments[0]).toBe(bench.engine.system);
    expect((await readdir(guest.folder)).filter(name => name.startsWith('capture'))).toEqual([]);
    await guest.stop({ acpiMs: 0 });
    expect(await guest.status()).toBe('exited');
    await expect(guest.screendump()).rejects.toMatchObject({ code: 'host_fault', data: { exitCode: 0 } });
    expect(await guest.serial()).toBe('hello serial');
  });

  test.each(['nvme', 'virtio', 'ide', 'ahci'] as const)('boots from the bus %s', async bus => {
    const guest = await bench.start(helloDisk, { bus, machine: bus === 'ide' || bus === 'ahci' ? 'pc' : 'q35' });
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
  });

  test('boots a CD that is opened as it is', async () => {
    const tree = join(bench.folder, 'tree');
    await mkdir(tree);
    await writeFile(join(tree, 'boot.bin'), (await readFile(helloDisk)).subarray(0, 2048));
    const iso = join(bench.folder, 'boot.iso');
    execFileSync(
      'xorriso',
      ['-as', 'mkisofs', '-quiet', '-b', 'boot.bin', '-no-emul-boot', '-boot-load-size', '4', '-o', iso, tree],
      { stdio: 'ignore' },
    );
    const guest = await bench.start(iso, { image: { path: iso, format: 'iso' }, cdrom: true });
    await waitForHello(guest);
    expect(await readdir(guest.folder)).not.toContain('overlay.qcow2');
    await guest.stop({ acpiMs: 0 });
  });

  test('has a restricted network card when asked', async () => {
    const guest = await bench.start(helloDisk, { network: 'restricted' });
    // 0x10d3: the Intel 82574L.
    expect(JSON.stringify(await guest.qmp.execute('query-pci'))).toMatch(/"device":4307/);
    await guest.stop({ acpiMs: 0 });
  });

  test('gets UEFI with a variable store of its own', async () => {
    const { uefi } = await findFirmware(bench.engine);
    const before = await hash(uefi!.vars);
    const guest = await bench.start(helloDisk, { firmware: 'uefi', memoryBytes: 128 * 1024 * 1024 });
    await eventually(async () => (await guest.serial()) !== '');
    await guest.stop({ acpiMs: 0 });
    expect(await hash(uefi!.vars)).toBe(before);
    expect(await hash(join(guest.folder, 'variables.fd'))).not.toBe(before);
  });

  test('shows the page that the screen has been scrolled to', async () => {
    const code = [...showOnScreen('ON THE FIRST PAGE'), ...scrollBy(2), ...sendSerial('hello serial'), ...halt];
    const guest = await bench.start(await bench.writeDisk('scrolled.raw', code));
    await waitForHello(guest);
    const text = await eventually(async () => {
      const page = await guest.vgaText();
      return page && !readText(page).includes('SeaBIOS') && readText(page);
    });
    // It was written to the third row.
    expect(text.indexOf('ON THE FIRST PAGE')).toBe(0);
    await guest.stop({ acpiMs: 0 });
  });
});

describe('what a guest does to itself', () => {
  test('a shutdown is reported, and its last screen can still be seen', async () => {
    const guest = await bench.start(
      await bench.writeDisk('off.raw', [...showOnScreen('GOOD BYE'), ...powerOff, ...halt]),
    );
    await eventually(async () => (await guest.status()) === 'shutdown');
    expect(guest.events.find(({ name }) => name === 'SHUTDOWN')?.data).toMatchObject({
      guest: true,
      reason: 'guest-shutdown',
    });
    expect(readText((await guest.vgaText())!)).toContain('GOOD BYE');
    expect(await guest.stop()).toMatchObject({ method: 'quit' });
  });

  test('restarts are counted, and the memory of them is bounded', async () => {
    const guest = await bench.start(
      await bench.writeDisk('restart.raw', [...sendSerial('again'), ...restart, ...halt]),
    );
    await eventually(async () => (guest.eventCounts.RESET ?? 0) >= 3);
    expect(guest.events.filter(({ name }) => name === 'RESET').length).toBeGreaterThanOrEqual(3);
    expect(guest.events.find(({ name }) => name === 'RESET')?.at.getTime()).toBeGreaterThan(
      guest.startedAt.getTime() - 1000,
    );
    await guest.stop({ acpiMs: 0 });
  });

  test('a panic is reported and does not stop the machine', async () => {
    const guest = await bench.start(
      await bench.writeDisk('panic.raw', [...panic, ...sendSerial('hello serial'), ...halt]),
    );
    await waitForHello(guest);
    expect(guest.eventCounts.GUEST_PANICKED).toBe(1);
    await guest.stop({ acpiMs: 0 });
  });

  test('a killed QEMU is reported with its signal, and calls under way fail', async () => {
    const guest = await bench.start(helloDisk);
    const sleeping = guest.qmp.execute('query-status').catch(() => undefined);
    process.kill(guest.pid, 'SIGKILL');
    expect(await guest.exited).toMatchObject({ code: undefined, signal: 'SIGKILL' });
    await sleeping;
    await expect(guest.activity()).rejects.toMatchObject({ code: 'host_fault', data: { signal: 'SIGKILL' } });
    expect(await guest.stop()).toMatchObject({ method: 'already' });
  });
});

describe('the image', () => {
  test('keeps every byte, though the guest writes to its disk', async () => {
    // int 13h, function 03h: write one sector (the second) of the disk.
    const write = [0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0xb6, 0x00, 0xb2, 0x80, 0xbb, 0x00, 0x7c, 0xcd, 0x13];
    const path = await bench.writeDisk('written.raw', [...write, ...sendSerial('hello serial'), ...halt]);
    await chmod(path, 0o444);
    const before = [await hash(path), (await stat(path)).mtimeMs];
    const guest = await bench.start(path);
    await waitForHello(guest);
    expect((await guest.activity()).diskWriteBytes).toBe(512);
    await guest.stop({ acpiMs: 0 });
    expect([await hash(path), (await stat(path)).mtimeMs]).toEqual(before);
  });

  test.each([
    'comma, and space.raw',
    `quotes ' " \` ‘ ’.raw`,
    '100%20 %s %n.raw',
    'Bücher 日本語 🚀.raw',
    'json:{"driver":"null-co"}',
    'nbd:localhost:10809',
    'back\\slash.raw',
    'new\nline.raw',
    '-drive.raw',
  ])('may be called %j', async name => {
    const guest = await bench.start(await bench.writeDisk(name, [...sendSerial('hello serial'), ...halt]));
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
  });

  test('and the folder of the machine may have a long name with commas', async () => {
    const folder = join(bench.folder, `a, b ${'x'.repeat(150)} % ü`);
    await mkdir(folder, { mode: 0o700 });
    const guest = await bench.start(helloDisk, {}, folder);
    await waitForHello(guest);
    expect(readText((await guest.vgaText())!)).toContain('HELLO SCREEN');
    await guest.stop({ acpiMs: 0 });
  });

  test.each(['vhdx', 'vpc', 'qcow2', 'vmdk', 'vdi'] as const)('may be in the format %s', async driver => {
    const format = driver === 'vpc' ? 'vhd' : driver;
    const path = join(bench.folder, `hello.${format}`);
    await runProgram(bench.engine.img, ['convert', '-f', 'raw', '-O', driver, helloDisk, path]);
    const before = await hash(path);
    const guest = await bench.start(path, { image: { path, format } });
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
    expect(await hash(path)).toBe(before);
  });

  test('may stand on a chain of other files', async () => {
    const [middle, top] = [join(bench.folder, 'middle, one.qcow2'), join(bench.folder, 'top.qcow2')];
    await runProgram(bench.engine.img, ['create', '-f', 'qcow2', '-F', 'raw', '-b', 'hello.raw', middle]);
    await runProgram(bench.engine.img, ['create', '-f', 'qcow2', '-F', 'qcow2', '-b', middle, top]);
    const guest = await bench.start(top, { image: { path: top, format: 'qcow2' } });
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
  });

  test('may keep its data in another file', async () => {
    const path = join(bench.folder, 'outside.qcow2');
    await runProgram(bench.engine.img, ['convert', '-O', 'qcow2', '-o', 'data_file=outside.data', helloDisk, path], {
      cwd: bench.folder,
    });
    const guest = await bench.start(path, { image: { path, format: 'qcow2' } });
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
  });

  test('can be booted twice at the same time', async () => {
    const [one, other] = await Promise.all([bench.start(helloDisk), bench.start(helloDisk)]);
    await Promise.all([waitForHello(one), waitForHello(other)]);
    await Promise.all([one.stop({ acpiMs: 0 }), other.stop({ acpiMs: 0 })]);
  });
});

describe('a guest that cannot be started', () => {
  const start = async (path: string, changes = {}) => {
    const folder = await bench.makeFolder();
    const outcome = await startGuest(bench.engine, planFor(path, changes), { folder }).catch((error: unknown) => error);
    expect(await readdir(folder)).toEqual([]);
    return outcome;
  };
  const asQcow2 = (path: string) => ({ image: { path, format: 'qcow2' } });

  test('because the image does not exist, or is a folder', async () => {
    expect(await start('/nowhere/disk.raw')).toMatchObject({ code: 'not_found' });
    expect(await start(bench.folder)).toMatchObject({ code: 'invalid' });
    expect(await start('a\0b')).toMatchObject({ code: 'invalid' });
  });

  test('because the image is a pipe, which would be waited for without end', async () => {
    const path = join(bench.folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await start(path)).toMatchObject({ code: 'invalid' });
  });

  test('because another QEMU writes to the image', async () => {
    const path = join(bench.folder, 'locked.qcow2');
    await runProgram(bench.engine.img, ['convert', '-O', 'qcow2', helloDisk, path]);
    const holder = await startHolder(path);
    expect(await start(path, asQcow2(path))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/locked.* Process \d+ \(qemu-system-x86_64\) has it open\.$/),
      data: { reason: 'locked', holders: [{ pid: holder.pid, writing: true, locking: true }] },
    });
    holder.kill();
    await holder.exited;
  });

  test('because a machine of vmbridge, which is named, writes to the image', async () => {
    const path = join(bench.folder, 'locked by us, [x].qcow2');
    await runProgram(bench.engine.img, ['convert', '-O', 'qcow2', helloDisk, path]);
    const folder = await bench.makeFolder();
    const args = ['-name', 'vmbridge', '-display', 'none', '-nodefaults', '-S', '-blockdev'];
    const drive = { driver: 'qcow2', 'node-name': 'd', file: { driver: 'file', filename: path } };
    const holder = await startProgram(bench.engine.system, [...args, JSON.stringify(drive)], { cwd: folder });
    await eventually(async () => (await findFileHolders(path)).some(({ locking }) => locking));
    const fault = await start(path, asQcow2(path));
    expect(fault).toMatchObject({
      code: 'conflict',
      remedy: expect.stringContaining(basename(folder)),
      data: { holders: [{ pid: holder.pid, machine: basename(folder) }] },
    });
    holder.kill();
    await holder.exited;
  });

  test('because the image is damaged, empty, or of another format', async () => {
    const path = join(bench.folder, 'damaged.qcow2');
    await runProgram(bench.engine.img, ['convert', '-O', 'qcow2', helloDisk, path]);
    const content = await readFile(path);
    content.fill(0xff, 8, 100);
    await writeFile(path, content);
    expect(await start(path, asQcow2(path))).toMatchObject({ code: 'invalid' });
    await truncate(path, 50);
    expect(await start(path, asQcow2(path))).toMatchObject({ code: 'invalid' });
    expect(await start(helloDisk, asQcow2(helloDisk))).toMatchObject({ code: 'invalid' });
    const empty = join(bench.folder, 'empty.raw');
    await writeFile(empty, '');
    expect(await start(empty)).toMatchObject({ code: 'invalid' });
  });

  test('because the VHDX has a log that would have to be replayed', async () => {
    const path = join(bench.folder, 'dirty.vhdx');
    await runProgram(bench.engine.img, ['create', '-f', 'vhdx', path, '16M']);
    const states = [1, 2, 3, 4, 5, 6, 7].map(state => ({ event: 'pwritev', state, new_state: state + 1 }));
    const inject = [{ event: 'pwritev', state: 8, errno: 5, immediately: true }];
    const storage = {
      driver: 'blkdebug',
      image: { driver: 'file', filename: path },
      'set-state': states,
      'inject-error': inject,
    };
    await runProgram('qemu-io', [
      '-t',
      'writethrough',
      '-c',
      'write -P 0x5a 0 1M',
      `json:${JSON.stringify({ driver: 'vhdx', file: storage })}`,
    ]);
    const before = await hash(path);
    expect(await start(path, { image: { path, format: 'vhdx' } })).toMatchObject({
      code: 'unsupported',
      data: { reason: 'dirty_log' },
    });
    expect(await hash(path)).toBe(before);
  });

  test('because a file below it is missing, is no local file, or never ends', async () => {
    const path = join(bench.folder, 'child.qcow2');
    const create = (...backing: string[]) =>
      runProgram(bench.engine.img, ['create', '-u', '-f', 'qcow2', ...backing, path, '1M']);
    await create('-F', 'raw', '-b', 'gone.raw');
    expect(await start(path, asQcow2(path))).toMatchObject({
      code: 'not_found',
      data: { path: join(bench.folder, 'gone.raw') },
    });
    await create('-F', 'raw', '-b', 'nbd://127.0.0.1:1/x');
    expect(await start(path, asQcow2(path))).toMatchObject({ code: 'unsupported' });
    await create('-F', 'raw', '-b', 'json:{"driver":"file","filename":"/etc/passwd"}');
    expect(await start(path, asQcow2(path))).toMatchObject({ code: 'unsupported' });
    const parent = join(bench.folder, 'parent.qcow2');
    await create('-F', 'qcow2', '-b', parent);
    await runProgram(bench.engine.img, ['create', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', path, parent, '1M']);
    expect(await start(path, asQcow2(path))).toMatchObject({ code: 'invalid' });
    const vmdk = join(bench.folder, 'remote.vmdk');
    await writeFile(
      vmdk,
      '# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 2048 FLAT "nbd://127.0.0.1:1/x" 0\n',
    );
    expect(await start(vmdk, { image: { path: vmdk, format: 'vmdk' } })).toMatchObject({ code: 'unsupported' });
  });

  test('because the host has not that much memory', async () => {
    const outcome = await start(helloDisk, { memoryBytes: 200 * 1024 ** 4 });
    expect(outcome).toMatchObject({ code: 'host_fault', data: { reason: 'memory' } });
  });

  test('because machine, bus and sectors do not go together', async () => {
    expect(await start(helloDisk, { bus: 'ide' })).toMatchObject({ code: 'invalid' });
    expect(await start(helloDisk, { sectorSize: 4096 })).toMatchObject({ code: 'invalid' });
    expect(await start(helloDisk, { cdrom: true, bus: 'nvme' })).toMatchObject({ code: 'invalid' });
    expect(await start(helloDisk, { memoryBytes: 1 })).toMatchObject({ code: 'invalid' });
    expect(await start(helloDisk, { cpus: 0 })).toMatchObject({ code: 'invalid' });
  });

  test('because the accelerator is not in this QEMU', async () => {
    expect(await start(helloDisk, { accelerator: 'hvf' })).toMatchObject({
      code: 'host_fault',
      data: { reason: 'accelerator' },
    });
  });

  test('because QEMU has gone away', async () => {
    const folder = await bench.makeFolder();
    const engine = { ...bench.engine, system: '/nowhere/qemu-system-x86_64' };
    await expect(startGuest(engine, planFor(helloDisk), { folder })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('because its folder does not exist', async () => {
    await expect(startGuest(bench.engine, planFor(helloDisk), { folder: '/nowhere/run' })).rejects.toMatchObject({
      code: 'host_fault',
      data: { systemCode: 'ENOENT' },
    });
  });

  test('because the folder is that of a running machine', async () => {
    const guest = await bench.start(helloDisk);
    await expect(startGuest(bench.engine, planFor(helloDisk), { folder: guest.folder })).rejects.toMatchObject({
      code: 'conflict',
    });
    await waitForHello(guest);
    await guest.stop({ acpiMs: 0 });
  });

  test.each([0, 5, 20, 40, 60, 80])(
    'because it was cancelled after %i ms: no process and no file is left',
    async delay => {
      const folder = await bench.makeFolder();
      const signal = delay === 0 ? AbortSignal.abort() : AbortSignal.timeout(delay);
      const outcome = await startGuest(bench.engine, planFor(helloDisk), { folder, signal }).catch(
        (error: unknown) => error,
      );
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'cancelled' });
        expect(await readdir(folder)).toEqual([]);
      } else {
        // The machine was faster.
        await (outcome as Awaited<ReturnType<typeof startGuest>>).stop({ acpiMs: 0 });
      }
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder);
    },
  );

  async function startHolder(path: string) {
    const drive = JSON.stringify({ driver: 'qcow2', 'node-name': 'd', file: { driver: 'file', filename: path } });
    const holder = await startProgram(bench.engine.system, [
      ...['-display', 'none', '-nodefaults', '-S', '-blockdev', drive],
      ...['-device', 'virtio-blk-pci,drive=d', '-pidfile', join(bench.folder, 'holder.pid')],
    ]);
    await eventually(async () => existsSync(join(bench.folder, 'holder.pid')));
    expect(isRunning(holder.pid)).toBe(true);
    return holder;
  }
});
