import { Fault } from '../../../errors/fault.ts';
import type { Method, ParameterValue, ProxmoxRequest } from './request.ts';

/** A request as it goes over the wire, below the address of a node. */
export interface EncodedRequest {
  readonly method: Method;
  /** With the parameters in it, encoded; without the query. For people, and for messages. */
  readonly path: string;
  /** What stands in the request line, with the query. */
  readonly target: string;
  /** The form of a POST or PUT. */
  readonly form: string | undefined;
  /** The node that it is about, if it is about one. */
  readonly node: string | undefined;
}

/** The server decodes a path before it takes it apart: only in these, which end it, is a slash but a character. */
const mayHoldSlashes: ReadonlySet<string> = new Set(['volume', 'cidr']);

/** Throws `invalid` where a parameter of the path is missing or would lead to another path. */
export function encodeRequest({ method, path, params = {} }: ProxmoxRequest): EncodedRequest {
  const used = new Set<string>();
  const filled = path.replace(/\{([\w-]+)\}/g, (_, name: string) => {
    used.add(name);
    return encodeSegment(name, params[name]);
  });
  const rest = new URLSearchParams(listParameters(params, used)).toString();
  const hasForm = method === 'POST' || method === 'PUT';
  const target = `/api2/json${filled}${rest === '' || hasForm ? '' : `?${rest}`}`;
  const node = used.has('node') ? String(params.node) : undefined;
  return { method, path: filled, target, form: hasForm ? rest : undefined, node };
}

/** What is not in the path, as pairs of texts: 1 and 0 for booleans, a list as its name several times. */
export function listParameters(
  params: NonNullable<ProxmoxRequest['params']>,
  used: ReadonlySet<string>,
): [name: string, value: string][] {
  return Object.entries(params).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || used.has(name)) return [];
    const values = typeof value === 'object' ? value : [value];
    return values.map(one => [name, writeValue(one)]);
  });
}

/** The names in the braces of a path. */
export function pathParameters(path: string): Set<string> {
  return new Set(Array.from(path.matchAll(/\{([\w-]+)\}/g), ([, name = '']) => name));
}

function writeValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function encodeSegment(name: string, value: ParameterValue | undefined): string {
  const text = value === undefined || typeof value === 'object' ? '' : String(value);
  const parts = mayHoldSlashes.has(name) ? text.split('/') : [text];
  const wrong = parts.some(
    part => part === '' || part === '.' || part === '..' || /[/\\\u0000-\u001f\u007f]/.test(part),
  );
  if (wrong || !text.isWellFormed()) {
    throw new Fault('invalid', `The parameter "${name}" can not stand in the path of a request.`, {
      remedy: 'Give it as Proxmox VE lists it.',
      data: { field: name },
    });
  }
  return encodeURIComponent(text);
}
