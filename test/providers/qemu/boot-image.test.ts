import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import type { CallContext } from '../../../src/model/call.ts';
import { bootImage } from '../../../src/providers/qemu/boot-image.ts';
import { QemuSession } from '../../../src/providers/qemu/session.ts';
import { allowsMachine } from '../../../src/rpc/guard.ts';
import { environmentOf } from '../memory/support/pretend.ts';

const home = mkdtempSync(path.join(tmpdir(), 'vmb-boot-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Boots an image that is not there, with these patterns of machines; gives the code of the Fault. */
async function boot(...patterns: string[]): Promise<string> {
  const guard = { readOnly: false, groups: undefined, machines: patterns.length === 0 ? [] : [patterns] };
  const environment = { ...environmentOf({}, home), allowsMachine: allowsMachine.bind(undefined, guard) };
  const call: CallContext = { signal: new AbortController().signal, door: 'mcp', progress() {} };
  const input = tools['image.boot'].input.parse({ image: path.join(home, 'Web Server.vhdx') });
  return bootImage(new QemuSession(environment), input, call).then(
    () => 'booted',
    fault => fault.code,
  );
}

describe('booting an image where machines are limited', () => {
  it.each([[[]], [['*']], [['qemu:*']], [['web-server-*']], [['db', 'QEMU:local/web-server-??????']]])(
    'goes on with %j, as they cover the machine whatever its last letters',
    async patterns => {
      expect(await boot(...patterns)).toBe('not_found');
    },
  );

  it.each([[['memory:*']], [['web-server']], [['qemu:local/web-server-a*']], [['db-*', 'web-server-?']]])(
    'is refused with %j: the machine could be neither seen nor stopped',
    async patterns => {
      expect(await boot(...patterns)).toBe('denied');
    },
  );
});
