import { checkFormat } from './formats.ts';
import { checkPrimitive } from './primitives.ts';
import type { PropertyPart, PropertyScheme } from './types.ts';

/** Takes `virtio=AA:…,bridge=vmbr0` apart; `problems` are keyed by part, or '' where the text itself is wrong. */
export function readPropertyString(
  scheme: PropertyScheme,
  text: string,
): { values: Record<string, string>; problems: Record<string, string> } {
  const values: Record<string, string> = {};
  const problems: Record<string, string> = {};
  const defaultKey = Object.keys(scheme).find(key => isSet(scheme[key]?.default_key));
  for (const part of text.split(',').filter(piece => piece.trim() !== '')) {
    const [, rawKey, rawValue] = /^([^=]+)=(.*)$/s.exec(part.trim()) ?? [undefined, undefined, part.trim()];
    if (rawKey === undefined) {
      if (defaultKey === undefined) problems[''] = 'value without key, but schema does not define a default key';
      else if (defaultKey in values) problems[''] = `duplicate key in comma-separated list property: ${defaultKey}`;
      else values[defaultKey] = rawValue ?? '';
      continue;
    }
    const { key, extra } = resolveAlias(scheme, rawKey);
    if (extra !== undefined) values[extra] = rawKey;
    if (key in values) problems[''] = `duplicate key in comma-separated list property: ${key}`;
    else if (key in scheme) values[key] = rawValue ?? '';
    else problems[key] = 'property is not defined in schema and the schema does not allow additional properties';
  }
  for (const [key, part] of Object.entries(scheme)) {
    const value = values[key];
    if (value === undefined) {
      if (!isSet(part.optional) && part.alias === undefined)
        problems[key] = 'property is missing and it is not optional';
      continue;
    }
    const problem = checkPart(part, value);
    if (problem !== undefined) problems[key] = problem;
  }
  return { values, problems };
}

/** `virtio=MAC` stands for `model=virtio,macaddr=MAC`: an alias may name the key that takes its own name. */
function resolveAlias(scheme: PropertyScheme, rawKey: string): { key: string; extra?: string } {
  const part = scheme[rawKey];
  if (part?.alias === undefined) return { key: rawKey };
  return part.keyAlias === undefined ? { key: part.alias } : { key: part.alias, extra: part.keyAlias };
}

function checkPart(part: PropertyPart, value: string): string | undefined {
  const wrong = checkPrimitive(
    {
      ...(part.type === undefined ? {} : { type: part.type }),
      ...(part.enum === undefined ? {} : { enum: part.enum }),
      ...(part.pattern === undefined ? {} : { pattern: part.pattern }),
      ...(part.minimum === undefined ? {} : { minimum: part.minimum }),
      ...(part.maximum === undefined ? {} : { maximum: part.maximum }),
      ...(part.maxLength === undefined ? {} : { max_length: part.maxLength }),
      ...(part.minLength === undefined ? {} : { min_length: part.minLength }),
    },
    value,
  );
  if (wrong !== undefined) return wrong;
  const problem = typeof part.format === 'string' ? checkFormat(part.format, value) : undefined;
  return problem === undefined ? undefined : `invalid format - ${problem}\n`;
}

function isSet(flag: number | boolean | undefined): boolean {
  return flag === true || flag === 1;
}

/** Formats whose parts the schema tells only in `typetext`, e.g. `[[order=]\d+] [,up=\d+] [,down=\d+]`. */
const written = new Set([
  'realm-sync-options',
  'backup-fleecing',
  'backup-performance',
  'prune-backups',
  'pve-startup-order',
  'proxmox-remote',
  'pve-qemu-sev-fmt',
  'pve-qemu-tdx-fmt',
  'pve-qm-boot',
  'pve-qm-cicustom',
  'pve-vm-cpu-conf',
  'pve-qm-hostpci',
  'pve-qm-ipconfig',
  'pve-qm-rng',
  'pve-qm-smbios1',
  'pve-qm-watchdog',
]);

const kinds: Readonly<Record<string, PropertyPart>> = {
  '1|0': { type: 'boolean' },
  N: { type: 'integer', minimum: 0 },
  integer: { type: 'integer' },
  'IPv4Format/CIDR': { type: 'string', format: 'pve-ipv4-config' },
  'IPv6Format/CIDR': { type: 'string', format: 'pve-ipv6-config' },
  GatewayIPv4: { type: 'string', format: 'ipv4' },
  GatewayIPv6: { type: 'string', format: 'ipv6' },
  'storage ID': { type: 'string', format: 'pve-storage-id' },
  volume: { type: 'string' },
};

/** The scheme of a format that is told as `typetext`; nothing for other formats. */
export function schemeOfTypetext(format: string, typetext: string | undefined): PropertyScheme | undefined {
  if (typetext === undefined || !written.has(format)) return undefined;
  const scheme: Record<string, PropertyPart> = {};
  for (const [, open, bracket, key = '', kind = ''] of typetext.matchAll(
    /(\[?),?(\[?)([a-z][\w-]*)=\]?(<(?:[^<>]|<[^<>]*>)*>|[^\s\],]+)/g,
  )) {
    const name = /^<(.*)>$/.exec(kind)?.[1] ?? kind;
    const choice = /^[\w/.-]+(\|[\w/.-]+)+$/.test(name) && name !== '1|0' && !name.includes('-64|');
    const isDefault = typetext.includes(`[${key}=]`);
    scheme[key] = {
      ...(kinds[name] ?? (choice ? { type: 'string', enum: name.split('|') } : { type: 'string' })),
      ...(isDefault ? { default_key: 1 } : {}),
      ...(open === '[' && !(isDefault && bracket === '') ? { optional: 1 } : {}),
    };
  }
  return scheme;
}
