import { html, type Markup } from './html.ts';

export type Cell = string | number | Markup | undefined;

/** A part of the page with its title; nothing when there is nothing in it. */
export function section(title: string, ...content: readonly (Markup | undefined)[]): Markup {
  const present = content.filter(part => part !== undefined);
  return present.length === 0 ? html`` : html`<section><h2>${title}</h2>\n${present}</section>\n`;
}

/** A table; nothing when it has no rows. */
export function table(titles: readonly string[], rows: readonly (readonly Cell[])[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  const head = titles.map(title => html`<th scope="col">${title}</th>`);
  const body = rows.map(row => html`<tr>${row.map(cell => html`<td>${cell}</td>`)}</tr>\n`);
  return html`<div class="wide"><table><thead><tr>${head}</tr></thead>\n<tbody>\n${body}</tbody></table></div>\n`;
}

/** Names with their values; what has none is left out. */
export function facts(entries: readonly (readonly [name: string, value: Cell])[]): Markup {
  const known = entries.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>\n`;
}

export function list(lines: readonly string[]): Markup | undefined {
  return lines.length === 0 ? undefined : html`<ul>${lines.map(line => html`<li>${line}</li>\n`)}</ul>\n`;
}

/** Text as a machine showed it; nothing when it is empty. */
export function listing(text: string): Markup | undefined {
  return text.trim() === '' ? undefined : html`<pre>${text}</pre>\n`;
}

/** A picture that is part of the page. */
export function image(png: Uint8Array, alternative: string): Markup {
  return html`<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}" alt="${alternative}">`;
}
