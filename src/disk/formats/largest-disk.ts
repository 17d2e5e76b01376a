/** The largest virtual disk that the readers accept, in bytes: 64 TiB is what VHDX allows, others get a margin above it. */
export const largestDisk = 1024 * 1024 ** 4;
