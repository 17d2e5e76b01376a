import type { Area } from './screen.ts';

/** 32 bits a pixel, depth 24, little-endian, true colour: red, green and blue are the bytes 0, 1 and 2. */
export const setPixelFormat = Buffer.from([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0]);

/** That others may watch at the same time: nobody's viewer is closed for this one. */
export const clientInit = Buffer.from([1]);

export function setEncodings(encodings: readonly number[]): Buffer {
  const message = Buffer.alloc(4 + 4 * encodings.length);
  message.writeUInt8(2, 0);
  message.writeUInt16BE(encodings.length, 2);
  for (const [index, encoding] of encodings.entries()) message.writeInt32BE(encoding, 4 + 4 * index);
  return message;
}

/** Without `incremental` all of the area is sent, whether it has changed or not. */
export function requestUpdate({ x, y, width, height }: Area, incremental: boolean): Buffer {
  const message = Buffer.alloc(10);
  message.writeUInt8(3, 0);
  message.writeUInt8(incremental ? 1 : 0, 1);
  for (const [index, value] of [x, y, width, height].entries()) message.writeUInt16BE(value, 2 + 2 * index);
  return message;
}

export function keyEvent(keysym: number, down: boolean): Buffer {
  const message = Buffer.alloc(8);
  message.writeUInt8(4, 0);
  message.writeUInt8(down ? 1 : 0, 1);
  message.writeUInt32BE(keysym, 4);
  return message;
}

/** QEMU's own kind, which says which key it is, too, and not only what stands on it. */
export function extendedKeyEvent(keysym: number, scancode: number, down: boolean): Buffer {
  const message = Buffer.alloc(12);
  message.writeUInt8(255, 0);
  message.writeUInt8(0, 1);
  message.writeUInt16BE(down ? 1 : 0, 2);
  message.writeUInt32BE(keysym, 4);
  message.writeUInt32BE(scancode, 8);
  return message;
}
