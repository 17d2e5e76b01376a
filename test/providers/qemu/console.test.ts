import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBridge, recordProgress, type TestBridge } from '../../rpc/support/test-bridge.ts';
import * as images from '../../support/images/index.ts';
import { filesBelow } from '../../support/leftovers.ts';
import { missingImageTools } from '../../support/missing-image-tools.ts';

const missing = missingImageTools();
const qemuOnly = { memory: false, configuration: { providers: { qemu: { enabled: true } } } } as const;

describe.skipIf(missing !== undefined)(`A machine at its login prompt (${missing ?? 'a real one'})`, () => {
  let owner: TestBridge;
  let vm: string;

  beforeAll(async () => {
    owner = await openTestBridge(qemuOnly);
    const image = await images.mbrBiosGrub({ format: 'qcow2' });
    const booted = await owner.call('image.boot', { image, until: 'verdict', wait: 170 });
    expect(booted.result.verdict.state).toBe('login');
    vm = booted.result.machine.id;
  }, 180_000);
  afterAll(() => owner?.[Symbol.asyncDispose]());

  const readPrompt = async (bridge = owner): Promise<string> => {
    const { text } = await bridge.call('vm.screenshot', { vm, text: true });
    return (text as string[]).findLast(line => line.includes('login:'))?.replace(/.*login: ?/, '') ?? 'no prompt';
  };
  const clearLine = () => owner.call('vm.sendKeys', { vm, keys: ['ctrl-u'] });
  const visit = () => openTestBridge({ ...qemuOnly, home: owner.home });

  it('shows its screen as PNG, and the text on it', async () => {
    const answer = await owner.call('vm.screenshot', { vm, text: true });
    const { width, height } = PNG.sync.read(Buffer.from(answer.data, 'base64'));
    expect(answer).toMatchObject({ width, height, format: 'png', textMethod: expect.stringMatching(/vga|glyph/) });
    expect(answer.text.join('\n')).toContain('login:');
    expect(await owner.call('vm.screenshot', { vm })).not.toHaveProperty('text');
    expect(filesBelow(path.join(owner.home, 'run')).filter(file => file.includes('capture'))).toEqual([]);
  });

  it('is pictured into a new file, and over no other', async () => {
    const file = path.join(owner.home, 'a b ‘c’.png');
    const answer = await owner.call('vm.screenshot', { vm, file });
    expect(answer).toEqual({ width: expect.any(Number), height: expect.any(Number), format: 'png', file });
    expect(PNG.sync.read(readFileSync(file)).width).toBe(answer.width);
    expect(owner.audit().at(-1)).toMatchObject({ tool: 'vm.screenshot', input: { file }, outcome: 'succeeded' });
    const taken = path.join(owner.home, 'taken.png');
    writeFileSync(taken, 'mine');
    const dangling = path.join(owner.home, 'link.png');
    symlinkSync(path.join(owner.home, 'elsewhere.png'), dangling);
    for (const path of [taken, dangling, owner.home]) {
      await expect(owner.call('vm.screenshot', { vm, file: path })).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(readFileSync(taken, 'utf8')).toBe('mine');
    expect(existsSync(path.join(owner.home, 'elsewhere.png'))).toBe(false);
    const nowhere = path.join(owner.home, 'nowhere', 'x.png');
    await expect(owner.call('vm.screenshot', { vm, file: nowhere })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'file' },
    });
    expect(filesBelow(owner.home).filter(name => name.endsWith('.draft'))).toEqual([]);
  });

  it('is looked at by many at once, from two processes', async () => {
    await using visitor = await visit();
    const shots = [1, 2, 3, 4].flatMap(() => [owner, visitor]).map(bridge => bridge.call('vm.screenshot', { vm }));
    const settled = await Promise.allSettled(shots);
    const outcomes = settled.map(shot => (shot.status === 'fulfilled' ? shot.value.format : shot.reason.code));
    // QEMU lets one visitor in at a time; whoever waits for too long is told so.
    expect(outcomes.filter(outcome => outcome !== 'png' && outcome !== 'busy')).toEqual([]);
    expect(outcomes.filter(outcome => outcome === 'png').length).toBeGreaterThan(4);
  });

  it('takes keys, chord by chord', async () => {
    await owner.call('vm.sendKeys', { vm, keys: ['a', 'b', 'x', 'backspace', 'shift-c', '-', 'kp_1'] });
    await expect.poll(readPrompt, { timeout: 5000 }).toMatch(/^abC-/);
    await clearLine();
    await expect.poll(readPrompt, { timeout: 5000 }).toBe('');
  });

  it('gets no key at all when one of them is unknown', async () => {
    await expect(owner.call('vm.sendKeys', { vm, keys: ['a', 'entr'] })).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'keys.1' },
      remedy: expect.stringContaining('enter'),
    });
    await expect(owner.call('vm.sendKeys', { vm, keys: ['a', 'b'], holdMilliseconds: 5000 })).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'holdMilliseconds' },
    });
    await delay(300);
    expect(await readPrompt()).toBe('');
  });

  it('is typed at as fast as it is by default, and every character of ASCII arrives', { timeout: 60_000 }, async () => {
    const text = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
      // What this login program takes for "delete" or "start again".
      .filter(character => !'#@'.includes(character))
      .join('');
    for (const part of [text.slice(0, 50), text.slice(50)]) {
      const { updates, progress } = recordProgress();
      const { result } = await owner.call('vm.type', { vm, text: part }, { progress });
      expect(result).toEqual({ typed: part.length });
      expect(updates.length).toBeGreaterThan(10);
      await expect.poll(readPrompt, { timeout: 5000 }).toBe(part);
      await clearLine();
    }
  });

  it('is typed at by another process, as fast as it may', async () => {
    await using visitor = await visit();
    await visitor.call('vm.type', { vm, text: 'Hello-World_42', charactersPerSecond: 100 });
    await expect.poll(() => readPrompt(), { timeout: 5000 }).toBe('Hello-World_42');
    await clearLine();
  });

  it('is asked for its password after Enter', async () => {
    await owner.call('vm.type', { vm, text: 'nobody', enter: true });
    const readLines = async () => (await owner.call('vm.screenshot', { vm, text: true })).text.join('\n');
    await expect.poll(readLines, { timeout: 10_000 }).toMatch(/login: nobody\n+Password/);
    await owner.call('vm.sendKeys', { vm, keys: ['enter'] });
    await expect.poll(readPrompt, { timeout: 15_000 }).toBe('');
  }, 40_000);

  it('gets nothing of a text with a character that the layout lacks', async () => {
    await expect(owner.call('vm.type', { vm, text: 'abc€', layout: 'us' })).rejects.toMatchObject({
      code: 'invalid',
      data: { field: 'text', position: 4 },
    });
    await delay(300);
    expect(await readPrompt()).toBe('');
  });

  it('is left without a pressed key by typing that is cancelled', async () => {
    const controller = new AbortController();
    const typing = owner.call('vm.type', { vm, text: 'A'.repeat(200) }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 1000);
    await expect(typing).rejects.toMatchObject({ code: 'cancelled', data: { of: 200 } });
    const before = await readPrompt();
    expect(before).toMatch(/^A{3,60}$/);
    await delay(700);
    expect(await readPrompt()).toBe(before);
    await owner.call('vm.type', { vm, text: 'z' });
    await expect.poll(readPrompt, { timeout: 5000 }).toBe(`${before}z`);
    await clearLine();
  });

  it('leaves no typed text in the audit log', async () => {
    await owner.call('vm.type', { vm, text: 'swordfish' });
    await clearLine();
    const lines = owner.audit();
    expect(lines.filter(({ tool }) => tool === 'vm.type').at(-1)).toMatchObject({ input: { text: '(secret)' } });
    expect(JSON.stringify(lines)).not.toContain('swordfish');
    const files = filesBelow(owner.home).filter(name => /json|log/.test(name));
    const told = files.filter(name => readFileSync(path.join(owner.home, name), 'latin1').includes('swordfish'));
    expect(told).toEqual([]);
  });

  it('is shown while it is paused, but takes no keys', async () => {
    await owner.call('vm.pause', { vm });
    const paused = { code: 'conflict', data: { state: 'paused' }, remedy: expect.stringContaining('vm.resume') };
    expect((await owner.call('vm.screenshot', { vm })).format).toBe('png');
    await expect(owner.call('vm.sendKeys', { vm, keys: ['a'] })).rejects.toMatchObject(paused);
    await expect(owner.call('vm.type', { vm, text: 'a' })).rejects.toMatchObject(paused);
    await owner.call('vm.resume', { vm });
  });

  it('that is paused while it is typed at is not typed at any more, and one knows how far it came', async () => {
    const typing = owner.call('vm.type', { vm, text: 'B'.repeat(100) });
    setTimeout(() => void owner.call('vm.pause', { vm }), 800);
    const fault = await typing.catch(error => error);
    expect(fault).toMatchObject({ code: 'conflict', data: { state: 'paused', of: 100 } });
    await owner.call('vm.resume', { vm });
    await expect.poll(readPrompt, { timeout: 5000 }).toBe('B'.repeat(fault.data.typed));
    await clearLine();
  });

  it('is looked at, but not into files, where nothing may change', async () => {
    await using reader = await openTestBridge({ ...qemuOnly, home: owner.home, flags: { readOnly: true } });
    expect((await reader.call('vm.screenshot', { vm })).format).toBe('png');
    const file = path.join(owner.home, 'refused.png');
    await expect(reader.call('vm.screenshot', { vm, file })).rejects.toMatchObject({
      code: 'denied',
      data: { field: 'file' },
    });
    await expect(reader.call('vm.sendKeys', { vm, keys: ['a'] })).rejects.toMatchObject({ code: 'denied' });
    expect(existsSync(file)).toBe(false);
  });

  it('that was stopped is refused', async () => {
    await owner.call('vm.stop', { vm, force: true });
    const calls = [
      ['vm.screenshot', {}],
      ['vm.sendKeys', { keys: ['a'] }],
      ['vm.type', { text: 'a' }],
      ['vm.console', {}],
    ] as const;
    for (const [tool, input] of calls) {
      // A throw-away machine is gone with its process.
      await expect(owner.call(tool, { vm, ...input })).rejects.toMatchObject({
        code: expect.stringMatching(/^(conflict|not_found)$/),
      });
    }
  });
});
