import { readFileSync, writeFileSync } from 'node:fs';

type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Calls the function that the file `<argument>.json` names, and writes what it gives to `<argument>.answer`. */
export function answer(functions: Functions): void {
  const place = process.argv[2] ?? '';
  const { name, args } = JSON.parse(readFileSync(`${place}.json`, 'utf8')) as { name: string; args: never[] };
  const write = (content: unknown) => {
    writeFileSync(`${place}.answer`, JSON.stringify(content));
    process.exit();
  };
  Promise.resolve()
    .then(() => functions[name]?.(...args))
    .then(
      value => write({ value: value ?? null }),
      (error: unknown) => write({ error: error instanceof Error ? error.stack : String(error) }),
    );
}
