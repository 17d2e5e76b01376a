import type { ApiSchema, Method, Verb } from './types.ts';

export interface Route {
  readonly template: string;
  readonly methods: ReadonlyMap<Verb, Method>;
  /** What stands in the places of `{…}`, decoded. */
  readonly values: Readonly<Record<string, string>>;
}

interface Branch {
  readonly fixed: Map<string, Branch>;
  variable?: { name: string; branch: Branch };
  template?: string;
}

/** Finds the template of a path; words go before placeholders, as with the real one. */
export class Router {
  readonly #schema: ApiSchema;
  readonly #root: Branch = { fixed: new Map() };

  constructor(schema: ApiSchema) {
    this.#schema = schema;
    for (const template of schema.paths.keys()) this.#add(template);
  }

  find(path: string): Route | undefined {
    const parts = path.split('/').filter(part => part !== '');
    const values: Record<string, string> = {};
    let branch = this.#root;
    for (const [index, part] of parts.entries()) {
      const fixed = branch.fixed.get(part);
      if (fixed !== undefined) {
        branch = fixed;
        continue;
      }
      if (branch.variable === undefined) return undefined;
      const { name, branch: next } = branch.variable;
      // A volume id holds a slash ("local:iso/a.iso"), which clients send as it is or encoded.
      const takesRest = name === 'volume' && next.fixed.size === 0 && next.variable === undefined;
      values[name] = decodeURIComponent(takesRest ? parts.slice(index).join('/') : part);
      branch = next;
      if (takesRest) break;
    }
    const template = branch.template;
    const methods = template === undefined ? undefined : this.#schema.paths.get(template);
    return template === undefined || methods === undefined ? undefined : { template, methods, values };
  }

  #add(template: string): void {
    let branch = this.#root;
    for (const part of template.split('/').filter(text => text !== '')) {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name === undefined) {
        const next = branch.fixed.get(part) ?? { fixed: new Map() };
        branch.fixed.set(part, next);
        branch = next;
      } else {
        branch.variable ??= { name, branch: { fixed: new Map() } };
        branch = branch.variable.branch;
      }
    }
    branch.template = template;
  }
}
