import type { ApiSchema, Definition, Method } from '../schema/types.ts';

interface Node {
  readonly path: string;
  readonly text: string;
  leaf: 0 | 1;
  info?: Record<string, unknown>;
  children?: Node[];
}

const cached = new Map<ApiSchema, string>();

/** The schema as the viewer of the real one loads it: JavaScript that begins with the tree as data. */
export function apiDocument(schema: ApiSchema): string {
  const known = cached.get(schema);
  if (known !== undefined) return known;
  const roots: Node[] = [];
  const nodes = new Map<string, Node>();
  const nodeOf = (path: string): Node => {
    const found = nodes.get(path);
    if (found !== undefined) return found;
    const cut = path.lastIndexOf('/');
    const made: Node = { path, text: path.slice(cut + 1), leaf: 1 };
    nodes.set(path, made);
    if (cut <= 0) roots.push(made);
    else {
      const parent = nodeOf(path.slice(0, cut));
      parent.leaf = 0;
      parent.children = [...(parent.children ?? []), made];
    }
    return made;
  };
  for (const [path, methods] of schema.paths) {
    nodeOf(path).info = Object.fromEntries([...methods].map(([verb, method]) => [verb, methodInfo(method)]));
  }
  const text = `const apiSchema = ${JSON.stringify(roots, null, 3)}\n;\n\nlet method2cmd = {\n    GET: 'get',\n    POST: 'create',\n    PUT: 'set',\n    DELETE: 'delete',\n};\n`;
  cached.set(schema, text);
  return text;
}

function methodInfo(method: Method): Record<string, unknown> {
  return {
    allowtoken: method.allowToken ? 1 : 0,
    description: method.description,
    method: method.verb,
    name: method.name,
    parameters: {
      additionalProperties: 0,
      properties: Object.fromEntries([...method.parameters].map(([name, definition]) => [name, written(definition)])),
    },
    ...(method.unrestricted
      ? { permissions: method.user === undefined ? { check: method.check } : { user: method.user } }
      : {}),
    ...(method.proxyto === undefined ? {} : { proxyto: method.proxyto }),
    returns: written(method.returns),
  };
}

/** Names as the official form writes them. */
function written(definition: Definition): Record<string, unknown> {
  const { min_length, max_length, extra, properties, items, optional, ...rest } = definition;
  const listed = (rest.enum ?? []).length > 0 ? { enum: rest.enum } : {};
  const { enum: _, ...plain } = rest;
  return {
    ...plain,
    ...listed,
    ...(min_length === undefined ? {} : { minLength: min_length }),
    ...(max_length === undefined ? {} : { maxLength: max_length }),
    ...(optional ? { optional: 1 } : {}),
    ...(items === undefined ? {} : { items: written(items) }),
    ...(Object.keys(properties ?? {}).length === 0
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties ?? {}).map(([name, part]) => [name, written(part)])),
        }),
    ...extra,
  };
}
