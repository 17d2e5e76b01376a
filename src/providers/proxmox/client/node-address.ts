import { isIPv6 } from 'node:net';
import { Fault } from '../../../errors/fault.ts';

/** Where one node of a cluster, or a proxy before it, is reached. */
export interface NodeAddress {
  /** `pve1:8006`, as messages name it. */
  readonly text: string;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** What a proxy has before `/api2/json`; empty without one. */
  readonly prefix: string;
}

const defaultPort = 8006;

/**
 * Takes `pve1`, `pve1:8006`, `[fe80::1]:8006` or `https://proxy.lab/prefix`, which has the port of the web where it names
 * none. Throws `invalid`.
 */
export function parseNodeAddress(text: string): NodeAddress {
  if (isIPv6(text)) return build(text, defaultPort, '');
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return parseUrl(text);
  const match = /^(?:\[([\da-fA-F:.]+(?:%[\w.-]+)?)\]|([\p{L}\d](?:[\p{L}\d._-]*[\p{L}\d.])?))(?::(\d{1,5}))?$/u.exec(
    text,
  );
  const [, ip, name, port] = match ?? [];
  if (ip !== undefined && !isIPv6(ip)) throw wrong(text, 'no such IPv6 address can be.');
  const host = ip ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) {
    throw wrong(text, 'it is neither a name, an IP address nor an https URL.');
  }
  return build(host, number, '');
}

function parseUrl(text: string): NodeAddress {
  if (!URL.canParse(text)) throw wrong(text, 'it is no URL.');
  const { protocol, username, password, hostname, port, pathname, search, hash } = new URL(text);
  if (protocol !== 'https:') throw wrong(text, 'only https is spoken: a token would be readable on the way.');
  if (username !== '' || password !== '') throw wrong('a URL', 'an address holds no account and no password.');
  if (search !== '' || hash !== '') throw wrong(text, 'nothing may follow its path.');
  const prefix = pathname.replace(/\/+$/, '').replace(/\/api2(\/json)?$/, '');
  return build(hostname.replace(/^\[|\]$/g, ''), port === '' ? 443 : Number(port), prefix);
}

function build(host: string, port: number, prefix: string): NodeAddress {
  const shown = isIPv6(host) ? `[${host}]` : host;
  return { text: `${shown}:${port}${prefix}`, host, port, prefix };
}

function wrong(text: string, why: string): Fault {
  return new Fault('invalid', `The address ${text === 'a URL' ? text : JSON.stringify(text)} can not be used: ${why}`, {
    remedy: 'Write it like "pve1.lab:8006", "[fe80::1]:8006" or "https://proxy.lab/prefix".',
    data: { field: 'addresses' },
  });
}
