import { escapeControls } from '../../../errors/escape.ts';

/** Most characters of a foreign text that an error carries. */
const mostCharacters = 2000;

/** Keeps what a host says from carrying the secrets that it was shown: some proxies print what they were asked. */
export class SecretWords {
  readonly #words = new Set<string>();

  add(word: string): string {
    // What is as short as that hides half of any text; no ticket or token is.
    if (word.length >= 4) {
      this.#words.add(word);
      this.#words.add(encodeURIComponent(word));
    }
    return word;
  }

  /** Foreign text, safe to show: without secrets and control characters, and of bounded length. */
  clean(text: string): string {
    let clean = text.slice(0, mostCharacters * 8);
    for (const word of this.#words) clean = clean.replaceAll(word, '[secret]');
    return escapeControls(clean.trim()).slice(0, mostCharacters);
  }
}
