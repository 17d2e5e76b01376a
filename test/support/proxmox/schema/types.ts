import type { Version } from './contracts.ts';

export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null' | 'any';

/** A parameter or a part of a reply, in the words of the official schema. */
export interface Definition {
  readonly type?: Kind;
  readonly description?: string;
  readonly optional?: boolean | number;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly format?: string | PropertyScheme;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly min_length?: number;
  readonly max_length?: number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly items?: Definition;
  readonly extra?: {
    readonly typetext?: string;
    readonly requires?: string;
    readonly additionalProperties?: unknown;
    readonly 'type-property'?: string;
    readonly 'instance-types'?: readonly string[];
    readonly oneOf?: readonly unknown[];
  };
}

/** What a "property string" such as `virtio,bridge=vmbr0` may hold. */
export type PropertyScheme = Readonly<Record<string, PropertyPart>>;

export interface PropertyPart {
  readonly type?: Kind;
  readonly optional?: number | boolean;
  readonly default_key?: number | boolean;
  readonly alias?: string;
  readonly keyAlias?: string;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
}

export interface Method {
  readonly template: string;
  readonly verb: Verb;
  readonly name: string;
  readonly description: string;
  readonly parameters: ReadonlyMap<string, Definition>;
  readonly returns: Definition;
  /** `all`: whoever is logged in; `world`: anybody. */
  readonly user: string | undefined;
  readonly check: unknown;
  /** False: root@pam alone. */
  readonly unrestricted: boolean;
  readonly proxyto: string | undefined;
  readonly allowToken: boolean;
}

export interface ApiSchema {
  readonly version: Version;
  /** e.g. `9.2.3`. */
  readonly release: string;
  readonly paths: ReadonlyMap<string, ReadonlyMap<Verb, Method>>;
}
