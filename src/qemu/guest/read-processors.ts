import type { QmpClient } from '../qmp/qmp-client.ts';

/** What a processor is at, at one moment. */
export interface ProcessorState {
  /** It waits for an interrupt. */
  readonly halted: boolean;
  /** Interrupts are let through. */
  readonly interrupts: boolean;
  /** Address of the instruction that is next. */
  readonly address: bigint;
}

// EIP=00007c02 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1
// RIP=ffffffff81c0a5cb RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
const registers = /^[ER]IP=([0-9a-f]{8,16}) [ER]FL=([0-9a-f]{8}) .* HLT=([01])\s*$/gm;
const interruptFlag = 0x200;

/** Reads what `info registers -a` of QEMU's monitor prints; there is no such command for programs. */
export function parseProcessors(text: string): ProcessorState[] {
  return [...text.matchAll(registers)].map(([, address = '0', flags = '0', halted]) => ({
    halted: halted === '1',
    interrupts: (Number.parseInt(flags, 16) & interruptFlag) !== 0,
    address: BigInt(`0x${address}`),
  }));
}

/** All processors of the machine; nothing where this QEMU says it in another way. Costs QEMU less than a millisecond. */
export async function readProcessors(
  qmp: Pick<QmpClient, 'execute'>,
  signal?: AbortSignal,
): Promise<ProcessorState[] | undefined> {
  const text = await qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' }, signal);
  const found = typeof text === 'string' ? parseProcessors(text) : [];
  return found.length === 0 ? undefined : found;
}
