/** The file that the thread of an export starts with. The bundle has it elsewhere: see scripts/build/plugins.ts. */
export const workerFile: URL | string = new URL('./export-worker.ts', import.meta.url);
