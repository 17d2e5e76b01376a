import { plainText } from '../../disk/guest/plain-text.ts';
import type { ProofChecks } from '../../model/check.ts';
import { hideSecret } from './hide-secret.ts';

const longest = 200;

/** What a check is called in a result; text of the caller is cut, and no password stays in it. */
export function nameCheck(kind: 'file' | 'command', text: string, { password }: ProofChecks): string {
  const shown = plainText(hideSecret(text, password));
  return `${kind} ${shown.length > longest ? `${shown.slice(0, longest)}…` : shown}`;
}
