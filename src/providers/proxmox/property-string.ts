import { Fault } from '../../errors/fault.ts';

/** What stands in a setting such as `virtio=BC:24:11:2A:00:01,bridge=vmbr0,tag=5` or `local-lvm:vm-100-disk-0,size=32G`. */
export interface PropertyString {
  /** The part without a key, which comes first: a volume, a number, a word. */
  readonly bare?: string | undefined;
  /** In the order in which they stand there. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Never fails: what is written in a configuration has been accepted by the server. */
export function parsePropertyString(text: string): PropertyString {
  let bare: string | undefined;
  const properties = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    if (at > 0) properties.set(part.slice(0, at).trim(), part.slice(at + 1));
    else if (part !== '' && bare === undefined) bare = part;
  }
  return { bare, properties };
}

/** There are no quotes in such a text: a value with a comma would become two. Throws `invalid`. */
export function buildPropertyString({ bare, properties }: PropertyString): string {
  const parts = [...properties].map(([key, value]) => {
    if (!/^[A-Za-z][\w-]*$/.test(key)) throw invalidPart(key, 'is no name of a property');
    return `${key}=${checkPart(value, key)}`;
  });
  if (bare === undefined) return parts.join(',');
  if (bare.includes('=')) throw invalidPart(bare, 'must not contain "="');
  return [checkPart(bare, 'The first part'), ...parts].join(',');
}

function checkPart(value: string, key: string): string {
  if (value === '' || value.trim() !== value) throw invalidPart(key, 'must not be empty, or begin or end with a space');
  if (/[,\p{Cc}]/u.test(value)) throw invalidPart(key, 'must not contain a comma or control characters');
  return value;
}

function invalidPart(key: string, why: string): Fault {
  return new Fault('invalid', `${JSON.stringify(key.slice(0, 60))} ${why}.`, {
    remedy: 'Correct it; Proxmox VE joins such values with commas.',
    data: { property: key.slice(0, 60) },
  });
}
