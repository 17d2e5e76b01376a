import { escapeHtml } from './escape-html.ts';

/** Markup that was made here, as opposed to text, which is escaped. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | undefined | Markup | readonly Markup[];

/** Markup from a template: every text that is put in is escaped, every other piece of markup stays what it is. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(String.raw({ raw: pieces }, ...parts.map(toSource)));
}

function toSource(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.source;
  if (typeof part === 'object') return part.map(({ source }) => source).join('');
  return escapeHtml(String(part));
}
