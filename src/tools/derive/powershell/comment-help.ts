import type { HelpTexts } from './help-texts.ts';
import { wrapText } from './wrap-text.ts';

/** The help of a cmdlet as the comment that stands in its function. */
export function commentHelp(texts: HelpTexts): string[] {
  return [
    // What the file of help says is better laid out, and is read instead where it is there.
    ...section('EXTERNALHELP VmBridge-help.xml', []),
    '',
    ...section('SYNOPSIS', [texts.synopsis]),
    ...section('DESCRIPTION', texts.description),
    ...texts.parameters.flatMap(({ parameter, text }) => section(`PARAMETER ${parameter.name}`, [text])),
    ...section('INPUTS', texts.inputs),
    ...section('OUTPUTS', texts.outputs),
    ...texts.examples.flatMap(({ title, code }) => ['.EXAMPLE', ...guard(code), '', ...wrap(`${title}.`), '']),
    ...texts.links.flatMap(link => section('LINK', [link])),
  ].slice(0, -1);
}

function section(keyword: string, paragraphs: readonly string[]): string[] {
  return [`.${keyword}`, ...paragraphs.flatMap(text => [...wrap(text), ''])];
}

function wrap(text: string): string[] {
  return wrapText(text, 110).flatMap(guard);
}

/** A line that the parser would take for a keyword or the end of the comment is refused rather than changed. */
function guard(line: string): string[] {
  if (/^\s*\./.test(line) || line.includes('#>')) throw new Error(`A comment of PowerShell cannot hold "${line}".`);
  return [line];
}
