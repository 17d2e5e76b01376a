import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessorWatch } from '../../src/proof/watch/processor-watch.ts';
import { type ProcessorState, parseProcessors } from '../../src/qemu/guest/read-processors.ts';

const halted = { halted: true, interrupts: false, address: 0x7c02n };
const asleep = { halted: true, interrupts: true, address: 0xffffffff81c0a5cbn };
const turning = { halted: false, interrupts: false, address: 0x7c10n };

function watch(seconds: number, look: (at: number) => ProcessorState[]): ProcessorWatch {
  const processors = new ProcessorWatch();
  for (let at = 0; at <= seconds; at += 0.5) processors.add(at, look(at));
  return processors;
}

describe('a machine that shows nothing new', () => {
  it('is at its end when nothing can wake its processors', () => {
    expect(watch(9, () => [halted, halted]).findStall(60)).toBeUndefined();
    expect(watch(10, () => [halted, halted]).findStall(60)).toBe('halted');
    expect(watch(60, () => [halted, asleep]).findStall(60)).toBeUndefined();
    expect(watch(60, at => [at === 30 ? { ...halted, interrupts: true } : halted]).findStall(60)).toBeUndefined();
  });

  it('is at its end when it turns in a tiny circle that nothing interrupts', () => {
    const near = (at: number) => ({ ...turning, address: turning.address + BigInt(Math.floor(at) % 3) });
    expect(watch(19, at => [near(at)]).findStall(60)).toBeUndefined();
    expect(watch(20, at => [near(at), halted]).findStall(60)).toBe('looping');
    expect(watch(60, at => [near(at)]).findStall(6)).toBeUndefined();
    expect(watch(44, at => [near(at)]).findStall(undefined)).toBeUndefined();
    expect(watch(45, at => [near(at)]).findStall(undefined)).toBe('looping');
    expect(watch(60, at => [{ ...near(at), interrupts: true }]).findStall(60)).toBeUndefined();
    expect(watch(60, at => [{ ...near(at), interrupts: true }]).tight).toBe(true);
    expect(watch(60, at => [{ ...turning, address: BigInt(Math.round(at * 1000)) }]).findStall(60)).toBeUndefined();
  });

  it('gets on when it works at ever new places', () => {
    const turns = (places: number) => (at: number) => [
      { ...turning, interrupts: true, address: BigInt(((at * 2 * 7) % places) * 4096) },
    ];
    expect(watch(55, at => [{ ...turning, address: BigInt(at * 4096 * 2) }]).exploring).toBe(true);
    expect(watch(55, turns(37)).exploring).toBe(false);
    expect(watch(55, turns(1)).exploring).toBe(false);
    expect(watch(55, () => [asleep]).exploring).toBe(false);
    expect(watch(10, at => [{ ...turning, address: BigInt(at * 4096 * 2) }]).exploring).toBe(false);
    // It went from place to place, and has been in one since then.
    expect(watch(55, at => [{ ...turning, address: BigInt(Math.min(at, 30) * 4096 * 2) }]).exploring).toBe(false);
  });

  it('waits or works otherwise', () => {
    expect(watch(20, () => [asleep, asleep]).working).toBe(0);
    expect(watch(20, () => [turning, asleep]).working).toBe(1);
    const processors = watch(20, () => [halted]);
    processors.restart();
    expect(processors.findStall(60)).toBeUndefined();
    expect(processors.working).toBeUndefined();
  });
});

describe('the registers of the processors', () => {
  it('are read as QEMU prints them, 16, 32 and 64 bits wide', () => {
    const text =
      '\r\nCPU#0\r\nEAX=0000aa55 EBX=00000000\r\nEIP=00007c02 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n' +
      'CPU#1\r\nRAX=0000000000000000\r\nRIP=ffffffff81c0a5cb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n';
    expect(parseProcessors(text)).toEqual([
      { halted: true, interrupts: false, address: 0x7c02n },
      { halted: false, interrupts: true, address: 0xffffffff81c0a5cbn },
    ]);
  });

  it('are none in any other text', () => {
    fc.assert(fc.property(fc.string(), text => parseProcessors(text).length === 0));
  });
});
