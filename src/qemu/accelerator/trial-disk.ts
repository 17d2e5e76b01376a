/** What the trial guest writes to the debug port when its work is done. */
export const trialMarker = 'VMBRIDGE-TRIAL-DONE';
/** And what it writes before it begins. */
export const trialStart = 'VMBRIDGE-TRIAL-WORK';
/** The debug port that SeaBIOS writes to as well, so that its first byte shows when the guest began to run. */
export const debugPort = 0x402;
export const exitPort = 0x501;
/** The exit code of QEMU after the guest has left through `isa-debug-exit`: twice the written value and one. */
export const trialExitCode = 0x10 * 2 + 1;

// Enough for a crawling host to be seen, and 0.15 s under emulation.
const rounds = 20_000_000;

/** A 1 MiB disk whose boot sector counts down, writes the marker and ends the machine. */
export function createTrialDisk(): Buffer {
  // SeaBIOS refuses to read a disk of a single sector.
  const disk = Buffer.alloc(1024 * 1024);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(rounds);
  const write = (text: string) => Array.from(Buffer.from(`${text}\n`), byte => writePort(debugPort, byte));
  const code = Buffer.concat([
    ...write(trialStart),
    // cli; mov ecx, rounds; again: dec ecx; jnz again
    Buffer.from([0xfa, 0x66, 0xb9]),
    count,
    Buffer.from([0x66, 0x49, 0x75, 0xfc]),
    ...write(trialMarker),
    writePort(exitPort, 0x10),
    // halt: hlt; jmp halt
    Buffer.from([0xf4, 0xeb, 0xfd]),
  ]);
  code.copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** mov dx, port; mov al, value; out dx, al */
function writePort(port: number, value: number): Buffer {
  return Buffer.from([0xba, port & 0xff, port >> 8, 0xb0, value, 0xee]);
}
