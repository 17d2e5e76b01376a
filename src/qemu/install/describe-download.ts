import type { DownloadProgress } from '../../host/download/download-file.ts';
import type { Progress } from '../../model/call.ts';

/** e.g. `187.3 MB`; a lone count of bytes where there are few. */
export function describeBytes(bytes: number): string {
  if (bytes < 1e6) return `${bytes} bytes`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** Turns the progress of a download into that of a call, between the two fractions. */
export function followDownload(
  name: string,
  [from, to]: readonly [number, number],
  progress: (update: Progress) => void,
): (update: DownloadProgress) => void {
  let fraction = from;
  return ({ bytes, total, bytesPerSecond, waits }) => {
    if (waits) return progress({ fraction, message: `waiting for another download of ${name}` });
    // A server that changes the file sends the bytes back to the start, but never the bar.
    if (total) fraction = Math.max(fraction, from + (to - from) * (bytes / total));
    const whole = total === undefined ? '' : ` of ${describeBytes(total)}`;
    progress({ fraction, message: `${name}: ${describeBytes(bytes)}${whole}, ${describeBytes(bytesPerSecond)}/s` });
  };
}
