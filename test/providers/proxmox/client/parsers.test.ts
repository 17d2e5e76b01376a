import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseNodeAddress } from '../../../../src/providers/proxmox/client/node-address.ts';
import { parseReply } from '../../../../src/providers/proxmox/client/parse-reply.ts';
import {
  buildPermissionFault,
  parseMissingPrivilege,
} from '../../../../src/providers/proxmox/client/permission-fault.ts';
import { Permissions } from '../../../../src/providers/proxmox/client/permissions.ts';
import { readFraction, TaskProgress } from '../../../../src/providers/proxmox/client/task-progress.ts';
import { parseUpid } from '../../../../src/providers/proxmox/client/upid.ts';

describe('an address', () => {
  it('has the port of the API unless it names one', () => {
    const read = (text: string) => {
      const { host, port, prefix } = parseNodeAddress(text);
      return [host, port, prefix];
    };
    expect(read('pve1')).toEqual(['pve1', 8006, '']);
    expect(read('pve1.lab:443')).toEqual(['pve1.lab', 443, '']);
    expect(read('10.0.0.1')).toEqual(['10.0.0.1', 8006, '']);
    expect(read('[fe80::1]:8007')).toEqual(['fe80::1', 8007, '']);
    expect(read('fe80::1')).toEqual(['fe80::1', 8006, '']);
    expect(read('[fe80::1%eth0]:8006')).toEqual(['fe80::1%eth0', 8006, '']);
    expect(read('https://proxy.lab/pve/')).toEqual(['proxy.lab', 443, '/pve']);
    expect(read('https://pve1:8006')).toEqual(['pve1', 8006, '']);
    expect(read('https://pve1:8006/api2/json')).toEqual(['pve1', 8006, '']);
    expect(read('https://[::1]:8006/x')).toEqual(['::1', 8006, '/x']);
  });

  it.each([
    ['http://pve1:8006', /only https/],
    ['ftp://pve1', /only https/],
    ['https://root:secret@pve1', /no account/],
    ['https://pve1/?a=b', /nothing may follow/],
    ['pve1:0', /neither/],
    ['pve1:65536', /neither/],
    ['pve1/x', /neither/],
    ['[fe80::1', /neither|IPv6/],
    ['a b', /neither/],
    ['', /neither/],
  ])('%s is refused', (text, why) => {
    expect(() => parseNodeAddress(text)).toThrow(why);
    expect(() => parseNodeAddress(text)).not.toThrow(/secret/);
    expect(() => parseNodeAddress(text)).toThrow(
      expect.objectContaining({ code: 'invalid', data: { field: 'addresses' } }),
    );
  });
});

describe('the id of a task', () => {
  const upid = 'UPID:pve-1:0004C2D5:01D2B4F1:65A1B2C3:qmstart:100:root@pam!ci:';

  it('tells node, type and subject', () => {
    expect(parseUpid(upid)).toEqual({
      node: 'pve-1',
      type: 'qmstart',
      subject: '100',
      user: 'root@pam!ci',
      startedAt: new Date(0x65a1b2c3 * 1000),
    });
    expect(parseUpid(upid.replace(':100:', '::'))?.subject).toBe('');
  });

  it('is recognised by its whole form alone', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'F', '0', '-', '/', '.', ' ', '\n', '@', ':') });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), fc.boolean(), (parts, prefix) => {
        const text = `${prefix ? 'UPID:' : ''}${parts.join(':')}`;
        const found = parseUpid(text);
        return found === undefined || (/^[a-zA-Z\d-]+$/.test(found.node) && text.startsWith(`UPID:${found.node}:`));
      }),
    );
    for (const wrong of ['', 'OK', upid.slice(0, -1), ` ${upid}`, `${upid}\n`, upid.replace('pve-1', '../x')]) {
      expect(parseUpid(wrong)).toBeUndefined();
    }
  });
});

describe('what a refusal tells', () => {
  it('is the privilege and the path', () => {
    const read = (text: string) => parseMissingPrivilege(text);
    expect(read('Permission check failed (/vms/100, VM.PowerMgmt)\n')).toEqual({
      path: '/vms/100',
      privileges: ['VM.PowerMgmt'],
    });
    expect(read('403 Permission check failed (/, Sys.Audit|Sys.Modify)')?.privileges).toEqual([
      'Sys.Audit',
      'Sys.Modify',
    ]);
    expect(read('Permission check failed (user != root@pam)')).toBeUndefined();
    expect(read('Permission check failed')).toBeUndefined();
  });

  it('never becomes more than one command', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('/', 'a', ' ', "'", '"', '$', '`', ';', '|', '&', '\n', '(', ')', 'V', '.'),
    });
    const account = { who: 'ci@pve!it', kind: 'token' } as const;
    fc.assert(
      fc.property(hostile, hostile, (path, privilege) => {
        const fault = buildPermissionFault(`Permission check failed (/${path}, VM.${privilege})`, 'ask', account, {});
        const commands = (fault.data?.commands ?? []) as string[];
        // No character of these means anything to a shell; the quotes are ours.
        return commands.every(
          command => /^pveum [\w ./:@+!'-]*$/.test(command) && (command.match(/'/g) ?? []).length <= 2,
        );
      }),
    );
  });

  it('becomes the commands that grant it, to a token and to its user', () => {
    const text = 'Permission check failed (/vms/100, VM.PowerMgmt)';
    const fault = buildPermissionFault(text, 'POST /x', { who: 'ci@pve!it', kind: 'token' }, {});
    expect(fault.code).toBe('denied');
    expect(fault.message).toBe('ci@pve!it may not POST /x: the privilege VM.PowerMgmt on /vms/100 is missing.');
    expect(fault.data?.commands).toEqual([
      'pveum role add vmbridge-VM.PowerMgmt --privs VM.PowerMgmt',
      'pveum acl modify /vms/100 --users ci@pve --roles vmbridge-VM.PowerMgmt',
      "pveum acl modify /vms/100 --tokens 'ci@pve!it' --roles vmbridge-VM.PowerMgmt",
    ]);
    expect(buildPermissionFault(text, 'x', { who: 'op@pve', kind: 'ticket' }, {}).data?.commands).toHaveLength(2);
    expect(
      buildPermissionFault('Permission check failed (user != root@pam)', 'x', { who: 'a@b', kind: 'ticket' }, {})
        .message,
    ).toMatch(/only root@pam/);
  });
});

describe('permissions', () => {
  const permissions = new Permissions({
    '/': { 'Sys.Audit': true },
    '/vms': { 'VM.Audit': true, 'VM.PowerMgmt': false },
    '/vms/100': { 'VM.Console': true },
    '/access/groups/': { 'User.Modify': false },
  });

  it('hold on the path itself even when they are not passed on', () => {
    expect(permissions.has('/vms', 'VM.PowerMgmt')).toBe(true);
    expect(permissions.has('/vms/101', 'VM.PowerMgmt')).toBe(false);
    expect(permissions.has('/vms/101', 'VM.Audit')).toBe(true);
    expect(permissions.has('/access/groups', 'User.Modify')).toBe(true);
    expect(permissions.hasAnywhere('User.Modify')).toBe(true);
    expect(permissions.hasAnywhere('VM.Backup')).toBe(false);
  });

  it('of a nearer path stand instead of those above', () => {
    expect(permissions.has('/vms/100', 'VM.Audit')).toBe(false);
    expect(permissions.has('/vms/100/x', 'VM.Console')).toBe(true);
    expect(permissions.has('/nodes/pve1', 'Sys.Audit')).toBe(true);
    expect(new Permissions({}).has('/', 'Sys.Audit')).toBe(false);
  });
});

describe('a line of a log', () => {
  it.each([
    ['INFO:  12% (1.2 GiB of 10.0 GiB) in 3s, read: 400.0 MiB/s', 0.12],
    ['drive-scsi0: transferred 1.0 GiB of 32.0 GiB (3.12%) in 3s', 0.0312],
    ['transferred 512.0 MiB of 1.0 GiB', 0.5],
    ['progress 45% (read 123 bytes)', 0.45],
    ['  Wiping x 12.5 %', 0.125],
    ['INFO: status = running', undefined],
    ['transferred 5 GiB of 0 B', undefined],
    ['1234% of what', undefined],
    ['999%', undefined],
  ])('%s', (line, fraction) => {
    const found = readFraction(line);
    if (fraction === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(fraction, 5);
  });

  it('never takes the fraction down', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 150, noNaN: true })), numbers => {
        const fractions: number[] = [];
        const progress = new TaskProgress(({ fraction }) => fractions.push(fraction ?? 0));
        for (const number of numbers) progress.tell(`at ${number.toFixed(2)}%`);
        return fractions.every((fraction, index) => fraction >= (fractions[index - 1] ?? 0) && fraction <= 1);
      }),
    );
  });
});

describe('a reply', () => {
  it('is read whatever kinds its values have', () => {
    const schema = z.object({
      vmid: z.number(),
      template: z.boolean().optional(),
      name: z.string().default('?'),
      tags: z.array(z.string()),
      more: z.record(z.string(), z.number()).optional(),
      either: z.union([z.number(), z.boolean()]).optional(),
    });
    const raw = { vmid: '100', template: 1, name: null, tags: null, more: { a: '1' }, either: '7', unknown: {} };
    expect(parseReply(schema, raw, 'x')).toEqual({
      vmid: 100,
      template: true,
      name: '?',
      tags: [],
      more: { a: 1 },
      either: 7,
    });
    expect(parseReply(z.array(schema), null, 'x')).toEqual([]);
    expect(parseReply(z.record(z.string(), z.string()), [], 'x')).toEqual({});
    expect(parseReply(z.object({ id: z.string() }), { id: 7 }, 'x')).toEqual({ id: '7' });
    expect(parseReply(z.looseObject({ id: z.string() }), { id: 7, other: 1 }, 'x')).toEqual({ id: '7', other: 1 });
    expect(parseReply(z.object({ on: z.boolean() }), { on: '0' }, 'x')).toEqual({ on: false });
    expect(parseReply(z.string().nullable(), null, 'x')).toBeNull();
    expect(parseReply(z.object({ n: z.int().optional().catch(undefined) }), { n: '7' }, 'x')).toEqual({ n: 7 });
    expect(parseReply(z.object({ n: z.int().optional().catch(undefined) }), { n: 'x' }, 'x')).toEqual({});
  });

  it('that can not be read is the fault of the host', () => {
    expect(() => parseReply(z.object({ vmid: z.number() }), { vmid: 'x' }, 'the machine')).toThrow(
      expect.objectContaining({ code: 'host_fault', data: { place: 'vmid', issue: expect.any(String) } }),
    );
  });

  it('never takes a key for the prototype', () => {
    const raw = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"a":1}}');
    const read = parseReply(z.record(z.string(), z.record(z.string(), z.number())), raw, 'x');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.hasOwn(read, 'constructor')).toBe(true);
  });
});
