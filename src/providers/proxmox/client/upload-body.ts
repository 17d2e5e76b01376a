import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Fault } from '../../../errors/fault.ts';

export interface UploadedFile {
  /** Name of the form's field. */
  readonly field: string;
  /** Where it is on this machine. */
  readonly path: string;
  /** The name that it gets there. */
  readonly name: string;
}

export interface UploadBody {
  readonly headers: Readonly<Record<string, string>>;
  /** The body from its beginning; `onSent` is told how many bytes of the file have gone out. */
  readonly open: (onSent: (bytes: number) => void) => Readable;
}

/**
 * A form with a file, as pveproxy reads it: it takes no chunked body, so the length is told, and its parser wants the plain
 * fields before the file. Throws `invalid` for names that would end a field early.
 */
export function buildUploadBody(
  fields: readonly (readonly [name: string, value: string])[],
  file: UploadedFile,
  size: number,
): UploadBody {
  const boundary = `vmbridge-${randomBytes(16).toString('hex')}`;
  const plain = fields.map(([name, value]) => {
    return `--${boundary}\r\nContent-Disposition: form-data; name="${requireWord(name)}"\r\n\r\n${value}\r\n`;
  });
  const names = `name="${requireWord(file.field)}"; filename="${requireWord(file.name)}"`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; ${names}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const before = Buffer.from(plain.join('') + head);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + size + after.length),
    },
    open: onSent => Readable.from(readParts(before, file.path, size, after, onSent), { objectMode: false }),
  };
}

async function* readParts(
  before: Buffer,
  path: string,
  size: number,
  after: Buffer,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  yield before;
  let sent = 0;
  if (size > 0) {
    // No more than was told, should the file grow meanwhile.
    for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 256 * 1024 })) {
      yield chunk;
      sent += chunk.length;
      onSent(sent);
    }
  }
  yield after;
}

function requireWord(text: string): string {
  if (!/["\\\u0000-\u001f\u007f]/.test(text) && text !== '') return text;
  throw new Fault('invalid', 'That can not be the name of an uploaded file.', {
    remedy: 'Choose a name without quotes and backslashes.',
    data: { field: 'name' },
  });
}
