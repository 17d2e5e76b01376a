// A quotation mark ends a JSON string before its line can end: no valid JSON text matches this, wherever it came from.
const headerLine = /content-length[ \t]{0,8}:[^"\r\n]{0,64}\r?\n/i;
const headerStart =
  /(?:content-length[ \t]{0,8}(?::[^"\r\n]{0,64}\r?)?|c(?:o(?:n(?:t(?:e(?:n(?:t(?:-(?:l(?:e(?:n(?:g(?:th?)?)?)?)?)?)?)?)?)?)?)?)?)$/i;

/** So many last bytes can hold the beginning of a header line whose end has not come yet. */
export const headerTail = 96;

/** Where the next `Content-Length` line begins, or -1. What is found cannot be part of a valid message. */
export function findHeader(bytes: Buffer): number {
  return bytes.toString('latin1').search(headerLine);
}

/** Whether the last bytes may be the beginning of a header line. */
export function endsInHeader(bytes: Buffer): boolean {
  return headerStart.test(lastBytes(bytes).toString('latin1'));
}

export function lastBytes(bytes: Buffer): Buffer {
  return bytes.subarray(Math.max(0, bytes.length - headerTail));
}
