import { stat } from 'node:fs/promises';

/** What programs said about themselves, for as long as their files stay as they are. Failures are not remembered. */
export class FileFacts<Fact> {
  readonly #known = new Map<string, { readonly mark: string; readonly fact: Fact }>();

  async get(file: string, ask: () => Promise<Fact>): Promise<Fact> {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    const mark = [dev, ino, size, mtimeNs, ctimeNs].join();
    const known = this.#known.get(file);
    if (known?.mark === mark) return known.fact;
    const fact = await ask();
    this.#known.set(file, { mark, fact });
    return fact;
  }
}
