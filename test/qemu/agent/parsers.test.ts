import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOutput } from '../../../src/qemu/agent/decode-output.ts';
import { parseListeners } from '../../../src/qemu/agent/list-listeners.ts';
import { parseNetworkRows } from '../../../src/qemu/forwards.ts';

describe('output of a program', () => {
  it('comes back as it was, as text or as base64', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: 'binary' }).map(text => Buffer.from(text)),
        ),
        raw => {
          const bytes = Buffer.from(raw);
          const { text, encoding, truncated } = decodeOutput(bytes, 1000);
          expect(truncated).toBe(false);
          expect(Buffer.from(text, encoding).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it('is cut between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (text, limit) => {
        fc.pre(!text.includes('\0'));
        const decoded = decodeOutput(Buffer.from(text), limit);
        expect(decoded.encoding).toBe('utf8');
        expect(text.startsWith(decoded.text)).toBe(true);
        expect(Buffer.byteLength(decoded.text)).toBeGreaterThan(Math.min(limit, Buffer.byteLength(text)) - 4);
      }),
    );
  });
});

describe("QEMU's user network", () => {
  it('is read row by row', () => {
    const text = [
      'Hub -1 (net):',
      '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
      '  TCP[ESTABLISHED]   85       127.0.0.1 18080       10.0.2.15    80     0     0',
      '  TCP[HOST_FORWARD]  14               * 18080       10.0.2.15    80     0     0',
      '  UDP[236 sec]       15       10.0.2.15   123        10.0.2.2   123     0     0',
    ].join('\r\n');
    expect(parseNetworkRows(text)).toEqual([
      { state: 'ESTABLISHED', address: '127.0.0.1', port: 18080, guestPort: 80 },
      { state: 'HOST_FORWARD', address: '127.0.0.1', port: 18080, guestPort: 80 },
    ]);
  });

  it('may be anything else', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(parseNetworkRows(text)).toEqual([]);
      }),
    );
  });
});

describe("a Linux guest's list of connections", () => {
  it('tells who listens on a port, and nothing else', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1083 1',
      '   1: 0F02000A:0050 0202000A:C350 01 00000000:00000000 00:00000000 00000000     0        0 1084 1',
      '   2: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1085 1',
      '   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 1086 1',
      '   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 1087 1',
    ].join('\n');
    expect(parseListeners(text, 80)).toEqual(['0.0.0.0', '[::]']);
    expect(parseListeners(text, 22)).toEqual(['127.0.0.1', '[0000:0000:0000:0000:0000:0000:0000:0001]']);
    expect(parseListeners(text, 50_000)).toEqual([]);
  });
});
