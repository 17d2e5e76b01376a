import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../../../src/providers/proxmox/client/encode-request.ts';
import type { Reply } from '../../../../src/providers/proxmox/client/exchange.ts';
import { parseNodeAddress } from '../../../../src/providers/proxmox/client/node-address.ts';
import { buildReplyFault } from '../../../../src/providers/proxmox/client/reply-fault.ts';
import { SecretWords } from '../../../../src/providers/proxmox/client/secret-words.ts';

const request = encodeRequest({ method: 'POST', path: '/nodes/{node}/qemu', params: { node: 'pve1' } });

function explain(reply: Partial<Reply>, secrets = new SecretWords()) {
  const address = parseNodeAddress('pve1');
  const account = { who: 'ci@pve!it', kind: 'token' } as const;
  const full = { status: 500, reason: '', type: 'application/json', text: '', ...reply };
  return buildReplyFault(full, { host: 'lab', address, request, account, secrets });
}

const message = (text: string) => JSON.stringify({ data: null, message: `${text}\n` });

describe('an answer that is no success', () => {
  it.each([
    ["no such user ('probe@pve')", 'not_found'],
    ["Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist", 'not_found'],
    ["storage 'missing' does not exist", 'not_found'],
    ["snapshot 'x' does not exist", 'not_found'],
    ["create user failed: user 'x@pve' already exists", 'conflict'],
    ["unable to create VM 100 - VM 100 already exists on node 'pve1'", 'conflict'],
    ["snapshot name 'x' already used", 'conflict'],
    ['VM 100 not running', 'conflict'],
    ['CT 200 already running', 'conflict'],
    ['VM 100 is running - destroy failed', 'conflict'],
    ['QEMU guest agent is not running', 'conflict'],
    ['No QEMU guest agent configured', 'conflict'],
    ['VM is locked (backup)', 'busy'],
    ['CT is locked (snapshot-delete)', 'busy'],
    ["can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout", 'busy'],
    ["VM 100 qmp command 'guest-ping' failed - got timeout", 'busy'],
    ["cfs-lock 'file-user_cfg' error: got lock request timeout", 'busy'],
    ["can't remove VM 103 - protection mode enabled", 'denied'],
    ['cluster not ready - no quorum?', 'unavailable'],
    ['snapshot feature is not available', 'unsupported'],
    ['internal error', 'failed'],
  ])('%s', (text, code) => {
    // Version 9, older ones with their words in the status line, and daemons that answer plain text.
    const replies = [
      { text: message(text) },
      { reason: text, text: '{"data":null}' },
      { reason: text },
      { text, type: 'text/plain' },
    ];
    for (const reply of replies) {
      const fault = explain(reply);
      expect([fault.code, fault.data?.answer]).toEqual([code, text]);
      expect(fault.message).toContain('"lab"');
      expect(fault.message).toContain('POST /nodes/pve1/qemu');
      expect(fault.remedy).toBeTruthy();
    }
  });

  it('names the parameters that are wrong', () => {
    const errors = { vmid: 'value does not look like a valid VM ID\n', ipconfig0: 'invalid format\n' };
    const fault = explain({
      status: 400,
      text: JSON.stringify({ message: 'Parameter verification failed.\n', data: null, errors }),
    });
    expect(fault.code).toBe('invalid');
    expect(fault.message).toBe('The host "lab" does not take POST /nodes/pve1/qemu with this vmid, ipconfig0.');
    expect(fault.data).toMatchObject({
      field: 'vmid',
      fields: { vmid: 'value does not look like a valid VM ID', ipconfig0: 'invalid format' },
    });
    const taken = { errors: { tokenid: 'Token already exists.' }, data: null };
    expect(explain({ status: 400, text: JSON.stringify(taken) }).code).toBe('conflict');
    const absent = { errors: { iface: 'interface does not exist' }, data: null };
    expect(explain({ status: 400, text: JSON.stringify(absent) }).code).toBe('not_found');
  });

  it('tells the privilege that is missing, wherever that stands', () => {
    const text = 'Permission check failed (/vms/100, VM.PowerMgmt)';
    for (const reply of [{ text: message(text) }, { reason: text, text: '{"data":null}' }, { reason: text }]) {
      const fault = explain({ status: 403, ...reply });
      expect(fault).toMatchObject({
        code: 'denied',
        data: { path: '/vms/100', privileges: ['VM.PowerMgmt'], who: 'ci@pve!it' },
      });
      expect(fault.remedy).toContain('pveum acl modify /vms/100');
    }
  });

  it.each([
    [401, 'denied'],
    [501, 'unsupported'],
    [595, 'unavailable'],
    [596, 'host_fault'],
    [404, 'host_fault'],
    [302, 'host_fault'],
    [400, 'invalid'],
    [418, 'failed'],
  ])('of status %i without a word', (status, code) => {
    expect(explain({ status }).code).toBe(code);
  });

  it('keeps foreign text out of its message, bounded and harmless', () => {
    const text = `<html><style>p{}</style><b>Bad\u001b[2J</b> gateway ${'x'.repeat(10_000)}</html>`;
    const fault = explain({ type: 'text/html', text });
    expect(fault.message).not.toContain('Bad');
    expect(String(fault.data?.answer)).toMatch(/^Bad\\x1b\[2J gateway x+$/);
    expect(String(fault.data?.answer).length).toBeLessThanOrEqual(2000);
  });

  it('tells no secret that the server prints', () => {
    const secrets = new SecretWords();
    const secret = 's3cret-Token+=/value';
    secrets.add(secret);
    const said = `bad header ${secret} and ${encodeURIComponent(secret)}`;
    for (const reply of [
      { text: message(said) },
      { reason: said },
      { status: 403, text: message(said) },
      { status: 401, reason: said },
      { status: 400, text: JSON.stringify({ errors: { [secret]: said, a: said } }) },
    ]) {
      const fault = explain(reply, secrets);
      const all = JSON.stringify([fault.message, fault.remedy, fault.data]);
      expect(all).not.toContain(secret);
      expect(all).not.toContain(encodeURIComponent(secret));
      expect(all).toContain('[secret]');
    }
  });
});

interface Recorded {
  readonly name: string;
  readonly status: number;
  readonly body_text: string;
  readonly note: string;
}

const folder = join(
  process.env.VMBRIDGE_CONTRACTS ?? join(import.meta.dirname, '../../../../../shared/contracts'),
  'proxmox/measured-errors-9.2.10',
);
const recorded = ['records.json', 'other-measured-errors.json'].flatMap(name => {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded[];
  } catch {
    return [];
  }
});

describe.skipIf(recorded.length === 0)('recorded errors (skipped where ../shared/contracts is missing)', () => {
  const expected: Readonly<Record<string, string>> = {
    'user-create-duplicate': 'conflict',
    'user-missing': 'not_found',
    'group-missing': 'not_found',
    'token-create-duplicate': 'conflict',
    forbidden: 'denied',
    'expired-user': 'denied',
    'iface-missing': 'not_found',
    'forbidden-old-style': 'denied',
    'bad-ticket': 'denied',
    'node-down-proxied': 'unavailable',
    'bad-parameters-old-style': 'invalid',
    'vm-missing': 'not_found',
    'sdn-error-in-message': 'not_found',
    'storage-missing-plain-text': 'not_found',
  };

  it('mean what they mean', () => {
    const failed = recorded.filter(({ status }) => status !== 200);
    const found = failed.map(({ name, status, body_text: text }) => [name, explain({ status, text, type: '' }).code]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
