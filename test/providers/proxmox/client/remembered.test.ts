import { describe, expect, it } from 'vitest';
import { Remembered } from '../../../../src/providers/proxmox/client/remembered.ts';
import { unaborted as signal } from './support/open-client.ts';

describe('what is remembered', () => {
  it('is asked for once by many, and again when it is too old', async () => {
    let count = 0;
    const remembered = new Remembered(40, async () => ++count);
    expect(await Promise.all([remembered.get(signal), remembered.get(signal)])).toEqual([1, 1]);
    expect(await remembered.get(signal)).toBe(1);
    await new Promise(resolve => setTimeout(resolve, 60));
    expect(await remembered.get(signal)).toBe(2);
  });

  it('and was asked for before a change is no answer to those who ask after it', async () => {
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let count = 0;
    const remembered = new Remembered(10_000, async () => answers[count++]?.promise);
    const before = remembered.get(signal);
    remembered.forget();
    const after = remembered.get(signal);
    answers[1]?.resolve('new');
    answers[0]?.resolve('old');
    expect(await Promise.all([before, after])).toEqual(['old', 'new']);
    expect(await remembered.get(signal)).toBe('new');
    expect(count).toBe(2);
  });

  it('is not what could not be told', async () => {
    let count = 0;
    const remembered = new Remembered(10_000, async () => {
      if (count++ === 0) throw new Error('not yet');
      return count;
    });
    await expect(remembered.get(signal)).rejects.toThrow('not yet');
    expect(await remembered.get(signal)).toBe(2);
  });
});
