import { type Definition, isSet } from './api-schema.ts';

type Parts = Readonly<Record<string, Definition>>;
type CheckPart = (definition: Definition, value: string) => string | undefined;

/** Checks a text such as `virtio=BC:24:11:00:00:01,bridge=vmbr0`; tells the first thing that is wrong with it. */
export function checkPropertyText(parts: Parts, text: string, checkPart: CheckPart): string | undefined {
  const values = new Map<string, string>();
  for (const piece of text.split(',').map(part => part.trim())) {
    if (piece === '') continue;
    const problem = readPiece(parts, piece, values);
    if (problem !== undefined) return problem;
  }
  for (const [name, part] of Object.entries(parts)) {
    const value = values.get(name);
    if (value === undefined) {
      if (!isSet(part.optional) && part.alias === undefined) return `lacks its part ${name}`;
      continue;
    }
    const problem = checkPart(part, value);
    if (problem !== undefined) return `its part ${name} ${problem}`;
  }
  return undefined;
}

function readPiece(parts: Parts, piece: string, values: Map<string, string>): string | undefined {
  const sign = piece.indexOf('=');
  if (sign < 0) {
    const main = Object.keys(parts).find(name => isSet(parts[name]?.default_key));
    if (main === undefined) return 'has a part without a name';
    return store(values, main, piece);
  }
  const name = piece.slice(0, sign).trim();
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined) return `has a part ${name.slice(0, 40)}, which there is not`;
  // `virtio=<address>` says model=virtio and macaddr=<address> in one.
  if (part.keyAlias !== undefined) {
    const problem = store(values, part.keyAlias, name);
    if (problem !== undefined) return problem;
  }
  return store(values, part.alias ?? name, piece.slice(sign + 1));
}

function store(values: Map<string, string>, name: string, value: string): string | undefined {
  if (values.has(name)) return `has its part ${name} twice`;
  values.set(name, value);
  return undefined;
}
