/** Real-mode machine code, put together by hand: enough of a guest to test with, which starts in a tenth of a second. */

const low = (value: number) => value & 0xff;
const high = (value: number) => (value >> 8) & 0xff;

/** mov dx, port; mov al, value; out dx, al */
export const writeByte = (port: number, value: number) => [0xba, low(port), high(port), 0xb0, value, 0xee];
/** mov dx, port; mov ax, value; out dx, ax */
export const writeWord = (port: number, value: number) => [
  ...[0xba, low(port), high(port), 0xb8],
  ...[low(value), high(value), 0xef],
];
/** Prints through the BIOS. */
export const showOnScreen = (text: string) =>
  [...Buffer.from(text, 'latin1')].flatMap(byte => [0xb8, byte, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10]);
/** Writes to the first serial port, a byte for each 6 of code. */
export const sendSerial = (text: string) => [...Buffer.from(text)].flatMap(byte => writeByte(0x3f8, byte));
/** halt: hlt; jmp halt — with interrupts on */
export const halt = [0xfb, 0xf4, 0xeb, 0xfd];
/** The ACPI registers of q35 with SeaBIOS: status 0x600, enable 0x602, control 0x604. */
export const powerOff = writeWord(0x604, 0x2000);
/** Goes on when the power button was pressed. */
export const waitForPowerButton = [
  ...writeWord(0x602, 0x0100),
  // mov dx, 0x600; again: in ax, dx; test ah, 1; jz again
  ...[0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4, 0x01, 0x74, 0xfa],
];
/** mov cx, ticks; again: hlt; loop again — the clock ticks 18.2 times a second. */
export const restFor = (seconds: number) => {
  const ticks = Math.round(seconds * 18.2);
  return [0xb9, low(ticks), high(ticks), 0xf4, 0xe2, 0xfd];
};
/** Waits for the power button, then turns the machine off. */
export const obeyPowerButton = [...waitForPowerButton, ...powerOff];
/** The same, announced on the serial port as soon as the button is heeded, and asleep until then: many may run at once. */
export const obeyPowerButtonAsleep = [
  ...writeWord(0x602, 0x0100),
  ...sendSerial('ready'),
  // sti; mov dx, 0x600; again: hlt; in ax, dx; test ah, 1; jz again
  ...[0xfb, 0xba, 0x00, 0x06, 0xf4, 0xed, 0xf6, 0xc4, 0x01, 0x74, 0xf9],
  ...powerOff,
];
/** Starts the machine again through the keyboard controller. */
export const restart = writeByte(0x64, 0xfe);
/** Tells pvpanic that the guest has panicked. */
export const panic = writeByte(0x505, 0x01);
/** Has the screen begin `rows` rows into text memory, as Linux does to scroll. */
export const scrollBy = (rows: number) => [
  ...writeWord(0x3d4, (((rows * 80) >> 8) << 8) | 0x0c),
  ...writeWord(0x3d4, (((rows * 80) & 0xff) << 8) | 0x0d),
];

/** Writes 32 KiB after 32 KiB to the first disk, behind the first MiB, without end. */
export const writeForEver = [
  // Disk address packet at 0x600: size 16, 64 sectors, from 0x1000:0, to sector 2048
  ...[0xc7, 0x06, 0x00, 0x06, 0x10, 0x00, 0xc7, 0x06, 0x02, 0x06, 0x40, 0x00],
  ...[0xc7, 0x06, 0x04, 0x06, 0x00, 0x00, 0xc7, 0x06, 0x06, 0x06, 0x00, 0x10],
  ...[0xc7, 0x06, 0x08, 0x06, 0x00, 0x08, 0xc7, 0x06, 0x0a, 0x06, 0x00, 0x00],
  ...[0xc7, 0x06, 0x0c, 0x06, 0x00, 0x00, 0xc7, 0x06, 0x0e, 0x06, 0x00, 0x00],
  // again: mov ax, 0x4300; mov dl, 0x80; mov si, 0x600; int 0x13
  ...[0xb8, 0x00, 0x43, 0xb2, 0x80, 0xbe, 0x00, 0x06, 0xcd, 0x13],
  // add word [0x608], 64; adc word [0x60a], 0; jmp again
  ...[0x83, 0x06, 0x08, 0x06, 0x40, 0x83, 0x16, 0x0a, 0x06, 0x00, 0xeb, 0xea],
];

/** A disk of `size` bytes with this code in its boot sector. */
export function createBootDisk(code: readonly number[], size = 1024 * 1024): Buffer {
  // cli; xor ax, ax; mov ds, ax; sti
  const whole = [0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xfb, ...code];
  if (whole.length > 510) throw new Error(`the code has ${whole.length} bytes, a boot sector 510`);
  const disk = Buffer.alloc(size);
  Buffer.from(whole).copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}
