import type { Reply } from './exchange.ts';

export interface ReplyText {
  /** What the answer says, from whichever place says it. */
  readonly text: string;
  /** What is wrong with each parameter; only with status 400. */
  readonly errors: Readonly<Record<string, string>>;
}

/**
 * The words of a failed answer. Version 9 has `{"data":null,"message":"no such user\n"}`; older ones have the words in the
 * status line and `{"data":null}` or nothing as body; the proxies among the daemons answer plain text, and those before them HTML.
 */
export function readReplyText({ text, reason, type }: Reply): ReplyText {
  const body = parseObject(text);
  if (body === undefined) {
    const plain = /html/i.test(type) || /^\s*<(!doctype|html)/i.test(text) ? stripTags(text) : text;
    return { text: [reason, plain].filter(part => part.trim() !== '').join('\n'), errors: {} };
  }
  const message = typeof body.message === 'string' ? body.message : '';
  return { text: message.trim() === '' ? reason : message, errors: readErrors(body.errors) };
}

/** The value as an object; undefined for what is no JSON, or none. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function readErrors(errors: unknown): Record<string, string> {
  if (typeof errors !== 'object' || errors === null) return {};
  return Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, String(text)]));
}

function stripTags(html: string): string {
  const bare = html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return bare.replace(/\s+/g, ' ');
}
