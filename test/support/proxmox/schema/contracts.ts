import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiSchema, Definition, Verb } from './types.ts';

export type Version = '8.4' | '9.2';

/** The official schemas are kept outside the repository. */
const folder = join(
  process.env.VMBRIDGE_CONTRACTS ?? join(import.meta.dirname, '../../../../../shared/contracts'),
  'proxmox',
);
const snapshots: Record<Version, string> = { '8.4': '8.4.5', '9.2': '9.2.3' };
const loaded = new Map<Version, ApiSchema>();

/** Why tests against the contract cannot run here; nothing when they can. */
export function missingContracts(): string | undefined {
  const absent = Object.values(snapshots).filter(name => !existsSync(join(folder, name, 'snapshot.json')));
  return absent.length === 0 ? undefined : `The Proxmox VE API schemas (${absent.join(', ')}) are not at hand.`;
}

interface RawMethod {
  readonly verb: Verb;
  readonly parameters: readonly { readonly name: string; readonly definition: Definition }[];
  readonly returns: Definition;
  readonly permissions?: { readonly user?: string; readonly expression?: { readonly check?: unknown } };
  readonly extra?: { readonly proxyto?: string };
  readonly allow_token: boolean;
  readonly description?: string;
  readonly name: string;
}

/** The official schema of one version, kept for as long as the process lives. */
export function loadSchema(version: Version): ApiSchema {
  const known = loaded.get(version);
  if (known !== undefined) return known;
  const raw = JSON.parse(readFileSync(join(folder, snapshots[version], 'snapshot.json'), 'utf8')) as {
    source_version: string;
    paths: { path: string; methods: RawMethod[] }[];
  };
  const schema: ApiSchema = {
    version,
    release: raw.source_version,
    paths: new Map(
      raw.paths.map(({ path, methods }) => [
        path,
        new Map(methods.map(method => [method.verb, readMethod(path, method)])),
      ]),
    ),
  };
  loaded.set(version, schema);
  return schema;
}

function readMethod(template: string, raw: RawMethod) {
  return {
    template,
    verb: raw.verb,
    name: raw.name,
    description: raw.description ?? '',
    parameters: new Map(raw.parameters.map(({ name, definition }) => [name, definition])),
    returns: raw.returns,
    user: raw.permissions?.user,
    check: raw.permissions?.expression?.check,
    unrestricted: raw.permissions !== undefined,
    proxyto: raw.extra?.proxyto,
    allowToken: raw.allow_token,
  };
}

/** Recorded replies of a real host; nothing where they are not at hand. */
export function readMeasuredErrors(): readonly MeasuredReply[] {
  return ['records.json', 'other-measured-errors.json'].flatMap(
    name => JSON.parse(readFileSync(join(folder, 'measured-errors-9.2.10', name), 'utf8')) as MeasuredReply[],
  );
}

export interface MeasuredReply {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body_text: string;
  readonly note: string;
}
