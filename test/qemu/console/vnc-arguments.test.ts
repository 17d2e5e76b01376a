import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildVncArguments } from '../../../src/qemu/console/vnc-arguments.ts';

/** As QEMU reads an option: a comma ends a value, two are one. */
function readOption(option: string): Record<string, string> {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < option.length; at++) {
    if (option[at] !== ',') piece += option[at];
    else if (option[at + 1] === ',') {
      piece += ',';
      at += 1;
    } else {
      pieces.push(piece);
      piece = '';
    }
  }
  const [display = '', ...rest] = [...pieces, piece];
  return { display, ...Object.fromEntries(rest.map(pair => pair.split('=', 2))) };
}

describe('the VNC arguments', () => {
  it('name two sockets, the guarded one first, whatever stands in their paths', () => {
    const path = fc.string({ minLength: 1, unit: 'binary' }).filter(text => !text.includes('\0'));
    fc.assert(
      fc.property(path, path, (open, guarded) => {
        const [flag, first = '', again, second = '', ...rest] = buildVncArguments({ kind: 'sockets', open, guarded });
        expect([flag, again, rest]).toEqual(['-vnc', '-vnc', []]);
        expect(readOption(first)).toEqual({ display: `unix:${guarded}`, password: 'on', id: 'vmbridge-guarded' });
        expect(readOption(second)).toEqual({ display: `unix:${open}`, id: 'vmbridge-open' });
      }),
    );
  });

  it('name a port on loopback with a password, and never one without', () => {
    expect(buildVncArguments({ kind: 'loopback' })).toEqual([
      '-vnc',
      '127.0.0.1:0,to=1000,password=on,id=vmbridge-guarded',
    ]);
    expect(buildVncArguments({ kind: 'loopback', firstPort: 6000 })[1]).toContain('127.0.0.1:100,to=1100,');
  });
});
