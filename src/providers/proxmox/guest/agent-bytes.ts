/**
 * The bytes that a guest sent, from the text of a reply. The host decodes the agent's base64 and puts each byte into the
 * reply as one character of its own, so that UTF-8 arrives as "Ã¤"; a text with other characters was decoded on its way.
 */
export function bytesOfReply(text: string): Buffer {
  return /^[\0-\u00ff]*$/.test(text) ? Buffer.from(text, 'latin1') : Buffer.from(text, 'utf8');
}

/** Whether a text passes through the host unchanged: it encodes the input of programs as bytes, and fails at other characters. */
export function isPlain(text: string): boolean {
  return /^[\0-\u007f]*$/.test(text);
}
