export interface DecodedOutput {
  readonly text: string;
  /** `base64` when the bytes are not text. */
  readonly encoding: 'utf8' | 'base64';
  readonly truncated: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Output of a program as text where it is text, else as base64; at most `limit` bytes of it. */
export function decodeOutput(bytes: Buffer, limit: number): DecodedOutput {
  const truncated = bytes.length > limit;
  const kept = truncated ? bytes.subarray(0, limit) : bytes;
  const text = decodeText(truncated ? withoutBrokenEnd(kept) : kept);
  if (text !== undefined) return { text, encoding: 'utf8', truncated };
  return { text: kept.toString('base64'), encoding: 'base64', truncated };
}

function decodeText(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A cut can go through the middle of a character, which has four bytes at most. */
function withoutBrokenEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
