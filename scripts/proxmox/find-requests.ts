/** A request of the API as a source file writes it. */
export interface FoundRequest {
  readonly file: string;
  readonly line: number;
  /** e.g. `/nodes/{node}/{type}/{vmid}/config`, where `{type}` stands for qemu and lxc. */
  readonly path: string;
  /** What it is sent with; empty where the text around does not tell. */
  readonly methods: readonly string[];
}

const literal =
  /(?<before>[^\n]*\n?[^\n]*?)(?<quote>['"`])(?<path>\/(?:access|cluster|nodes|pools|storage|version)\b[^'"`$\s]*)\k<quote>/g;

/** The requests in a source text: string literals that are templates of the API. */
export function findRequests(file: string, text: string): FoundRequest[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/[^\n]*/g, comment => comment.replace(/[^\n]/g, ' '));
  return [...code.matchAll(literal)].flatMap(match => {
    const path = match.groups?.path ?? '';
    const start = match.index + match[0].length - path.length - 2;
    const name = /(?:\b(path)\s*:|\bconst\s+(\w+)(?::[^=\n]+)?\s*=)\s*$/.exec(
      code.slice(Math.max(0, start - 100), start),
    );
    if (name === null && !path.includes('{')) return [];
    const line = code.slice(0, start).split('\n').length;
    return [{ file, line, path, methods: methodsAt(code, start, start + path.length + 2, name?.[2]) }];
  });
}

/** The methods of the object that the literal stands in, or of those that its constant is used in. */
function methodsAt(code: string, start: number, end: number, constant: string | undefined): string[] {
  if (constant !== undefined) {
    const scope = code.slice(end).split(/\n}/)[0] ?? '';
    const shorthand = constant === 'path' ? 'path\\b(?!\\s*:)|path:\\s*path\\b' : `path:\\s*${constant}\\b`;
    return [
      ...new Set(
        [...scope.matchAll(new RegExp(`method:\\s*'(\\w+)'\\s*(?:as const\\s*)?,\\s*(?:${shorthand})`, 'g'))].map(
          ([, verb = '']) => verb,
        ),
      ),
    ];
  }
  const before = /method:\s*('\w+'|[^,{}]*\?[^,{}]*)\s*(?:as const\s*)?,\s*path:\s*$/.exec(
    code.slice(Math.max(0, start - 200), start),
  );
  const after = /^\s*,\s*method:\s*('\w+')/.exec(code.slice(end, end + 80));
  return [...(before?.[1] ?? after?.[1] ?? '').matchAll(/'(GET|POST|PUT|DELETE)'/g)].map(([, verb = '']) => verb);
}
