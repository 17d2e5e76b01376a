import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, and where set-up keeps what may be thrown away at any time. */
export const root = resolve(fileURLToPath(import.meta.url), '../../..');
export const cacheFolder = process.env.VMBRIDGE_CACHE ?? join(root, '.cache');
export const logFile = join(cacheFolder, 'setup.log');

/** Where the user called from: npm itself changes to the checkout's folder. */
export const callerFolder = process.env.INIT_CWD ?? process.cwd();
