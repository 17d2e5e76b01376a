const mebibyte = 1024 * 1024;
const step = 128 * mebibyte;

/** Memory for a guest, given what is free on the host: half of it, between 512 MiB and 2 GiB, in steps of 128 MiB. */
export function defaultMemoryBytes(freeBytes: number): number {
  const half = Math.floor(freeBytes / 2 / step) * step;
  return Math.min(2048 * mebibyte, Math.max(512 * mebibyte, half));
}
