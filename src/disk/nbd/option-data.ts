export interface InfoRequest {
  readonly name: Buffer;
  /** What is asked for, by its number. */
  readonly wanted: ReadonlySet<number>;
}

/** What INFO and GO carry: a name and a list of numbers. Undefined when it is not just that. */
export function parseInfoRequest(data: Buffer): InfoRequest | undefined {
  const name = readString(data, 0);
  if (!name) return undefined;
  const at = 4 + name.length;
  if (data.length < at + 2) return undefined;
  const count = data.readUInt16BE(at);
  if (data.length !== at + 2 + count * 2) return undefined;
  const wanted = new Set<number>();
  for (let index = 0; index < count; index++) wanted.add(data.readUInt16BE(at + 2 + index * 2));
  return { name, wanted };
}

export interface ContextRequest {
  readonly name: Buffer;
  readonly queries: readonly string[];
}

/** What LIST_META_CONTEXT and SET_META_CONTEXT carry: a name and a list of strings. Undefined when it is not just that. */
export function parseContextRequest(data: Buffer): ContextRequest | undefined {
  const name = readString(data, 0);
  if (!name) return undefined;
  let at = 4 + name.length;
  if (data.length < at + 4) return undefined;
  const count = data.readUInt32BE(at);
  at += 4;
  const queries: string[] = [];
  while (queries.length < count) {
    const query = readString(data, at);
    if (!query) return undefined;
    queries.push(query.toString('utf8'));
    at += 4 + query.length;
  }
  return at === data.length ? { name, queries } : undefined;
}

function readString(data: Buffer, at: number): Buffer | undefined {
  if (data.length < at + 4) return undefined;
  const length = data.readUInt32BE(at);
  return length <= data.length - at - 4 ? data.subarray(at + 4, at + 4 + length) : undefined;
}
