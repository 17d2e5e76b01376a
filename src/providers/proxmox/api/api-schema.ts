import type { Method } from '../client/request.ts';

/** A parameter in the words of the official schema; see "JSONSchema" in the documentation of pve-common. */
export interface Definition {
  readonly type?: string;
  readonly description?: string;
  readonly optional?: boolean | number;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  /** A name, or the parts of a text such as `virtio,bridge=vmbr0`. */
  readonly format?: string | Readonly<Record<string, Definition>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly items?: Definition;
  /** Another parameter that has to be there too. */
  readonly requires?: string;
  /** The parameter that says which kind of thing this is about, and for which kinds this one is. */
  readonly 'type-property'?: string;
  readonly 'instance-types'?: readonly string[];
  /** In parts of a text: may stand without its name, or stands for another one. */
  readonly default_key?: boolean | number;
  readonly alias?: string;
  readonly keyAlias?: string;
}

export interface ApiMethod {
  readonly description: string;
  readonly parameters: Readonly<Record<string, Definition>>;
}

/** What a server's version takes, by template of the path. */
export interface ApiSchema {
  readonly version: string;
  readonly paths: Readonly<Record<string, Partial<Record<Method, ApiMethod>>>>;
}

export function isSet(flag: boolean | number | undefined): boolean {
  return flag === true || flag === 1;
}
