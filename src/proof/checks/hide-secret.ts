/** What stands for a password that a guest or a caller has repeated. */
const mask = '•••';

/** Takes a password out of text that came from a guest or a caller. */
export function hideSecret(text: string, secret: string | undefined): string {
  return secret === undefined || secret === '' ? text : text.replaceAll(secret, mask);
}
