import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { Session } from '../session.ts';
import { askLine, hasPerson } from './ask-line.ts';

export interface SecretSource {
  /** What stood on the command line behind the name: `-` for standard input. */
  readonly word?: string | undefined;
  readonly file?: string | undefined;
}

const longestBytes = 64 * 1024;

/** A secret from the terminal without showing it, from standard input or from a file; never from the command line. */
export async function readSecret(session: Session, name: string, { word, file }: SecretSource): Promise<string> {
  const command = `vmbridge credential set ${quoteWord(name)}`;
  if (word !== undefined && word !== '-') throw typedSecret(command);
  if (word === '-' && file !== undefined) {
    throw new Fault('invalid', 'A secret comes from standard input or from a file, not from both.', {
      data: { field: 'file' },
    });
  }
  if (file !== undefined) return decode(await readFrom(file), `The file ${file}`);
  if (word === '-') return decode(await collect(process.stdin, 'Standard input'), 'Standard input');
  if (hasPerson()) return askLine(session, `Secret for "${name}" (nothing of it is shown): `, { hidden: true });
  throw new Fault('invalid', `There is no secret to keep under "${name}", and nobody here to ask.`, {
    remedy: `Give it by standard input: ${command} -   or from a file: ${command} --from-file <file>`,
    data: { field: 'secret' },
  });
}

/** Whatever stands on a command line can be read by every user of the machine, and stays in the history of the shell. */
export function typedSecret(command: string): Fault {
  return new Fault('invalid', 'A secret is never taken from the command line, where other users can read it.', {
    remedy: `Type it when asked: ${command}   or give it by standard input: ${command} -   It was seen: change it where it is for.`,
    data: { field: 'secret' },
  });
}

async function readFrom(file: string): Promise<Buffer> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new Fault('not_found', `The file ${file} can not be read.`, {
      remedy: 'Name a file that holds the secret and nothing else.',
      data: { field: 'file', path: file },
      cause,
    });
  });
  return collect(handle.createReadStream(), `The file ${file}`);
}

async function collect(stream: Readable, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestBytes) throw wrong(`${what} holds more than a secret.`);
  }
  return Buffer.concat(chunks);
}

/** Its last line end does not count: editors and `echo` write one. */
function decode(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw wrong(`${what} holds no text in UTF-8.`);
  }
}

function wrong(message: string): Fault {
  return new Fault('invalid', message, { remedy: 'Give the secret and nothing else.', data: { field: 'secret' } });
}
