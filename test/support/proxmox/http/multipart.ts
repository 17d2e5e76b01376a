import { ApiError } from '../schema/api-error.ts';
import type { SentFile } from '../state/handler.ts';

/** A form with a file, as strictly as the real one reads it: the fields come first, the file is the last part. */
export function readMultipart(
  type: string,
  body: Buffer,
): { fields: Record<string, string>; file: SentFile | undefined } {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
  if (boundary === undefined) throw new ApiError(400, 'missing boundary in multipart form');
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const text = Buffer.concat([Buffer.from('\r\n'), body]);
  const fields: Record<string, string> = {};
  let file: SentFile | undefined;
  let at = text.indexOf(delimiter);
  while (
    at >= 0 &&
    !text
      .subarray(at + delimiter.length)
      .toString('latin1', 0, 2)
      .startsWith('--')
  ) {
    const start = at + delimiter.length + 2;
    const end = text.indexOf(delimiter, start);
    if (end < 0) throw new ApiError(400, 'multipart form ends too early');
    const part = text.subarray(start, end);
    const split = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, split).toString('utf8');
    const data = Buffer.from(part.subarray(split + 4));
    const name = /content-disposition:[^\r\n]*\bname="([^"]*)"/i.exec(head)?.[1] ?? '';
    const fileName = /content-disposition:[^\r\n]*\bfilename="([^"]*)"/i.exec(head)?.[1];
    if (file !== undefined) throw new ApiError(400, `field '${name}' comes after the file`);
    if (fileName === undefined) fields[name] = data.toString('utf8');
    else file = { field: name, name: fileName, data };
    at = end;
  }
  if (at < 0) throw new ApiError(400, 'multipart form ends too early');
  return { fields: { ...fields, ...(file === undefined ? {} : { [file.field]: file.name }) }, file };
}
