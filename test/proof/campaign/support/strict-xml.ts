/** An element of XML as a strict parser sees it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** https://www.w3.org/TR/xml/#charsets: nothing else may be in a document, written as it is or by its number. */
function isCharacter(code: number): boolean {
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

/** Reads what XML 1.0 allows of elements, attributes, text and references, and throws at anything that it does not. */
export function parseStrictXml(document: string): XmlElement {
  for (const character of document) {
    if (!isCharacter(character.codePointAt(0) ?? 0))
      throw new Error(`forbidden character ${JSON.stringify(character)}`);
  }
  // A parser turns every kind of line end into one line feed.
  const input = document.replace(/\r\n?/g, '\n');
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(input.slice(at, at + 40))}`);
  };
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, 'uy');
    sticky.lastIndex = at;
    const found = sticky.exec(input);
    if (found === null) return undefined;
    at = sticky.lastIndex;
    return found[0];
  };
  const decode = (raw: string, isAttribute: boolean): string => {
    if (!isAttribute && raw.includes(']]>')) fail('"]]>" in text');
    const plain = isAttribute ? raw.replace(/[\t\n]/g, ' ') : raw;
    return plain.replace(/&([^;&]*;?)/g, (_whole, body: string) => {
      const [, hexadecimal, decimal, name] = /^(?:#x([0-9a-fA-F]+)|#(\d+)|([a-z]+));$/.exec(body) ?? [];
      if (name !== undefined) return names[name] ?? fail(`unknown entity ${name}`);
      const code = hexadecimal === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hexadecimal, 16);
      return isCharacter(code) ? String.fromCodePoint(code) : fail(`wrong reference &${body}`);
    });
  };
  const element = (): XmlElement => {
    if (take(/</) === undefined) fail('no element');
    const name = take(/[A-Za-z_][\w.-]*/) ?? fail('no name');
    const attributes: Record<string, string> = {};
    while (take(/\s+(?=[^\s/>])/) !== undefined) {
      const key = take(/[A-Za-z_:][\w.:-]*/) ?? fail('no attribute');
      if (Object.hasOwn(attributes, key)) fail(`attribute ${key} twice`);
      const quoted = take(/="[^"<]*"/) ?? fail('no value');
      attributes[key] = decode(quoted.slice(2, -1), true);
    }
    take(/\s*/);
    if (take(/\/>/) !== undefined) return { name, attributes, children: [], text: '' };
    if (take(/>/) === undefined) fail('tag not closed');
    const children: XmlElement[] = [];
    let text = '';
    for (;;) {
      text += decode(take(/[^<]*/) ?? '', false);
      if (take(/<\//) !== undefined) break;
      if (at >= input.length) fail('element not closed');
      children.push(element());
    }
    if (take(/[A-Za-z_][\w.-]*/) !== name) fail(`end of ${name} expected`);
    if (take(/\s*>/) === undefined) fail('end tag not closed');
    return { name, attributes, children, text };
  };
  if (input.startsWith('<?xml') && take(/<\?xml version="1\.0" encoding="[\w-]+"\?>\s*/) === undefined) {
    fail('wrong declaration');
  }
  const root = element();
  take(/\s*/);
  if (at < input.length) fail('something after the end');
  return root;
}
