// Makes dist/, all that an installed vmbridge consists of: npm run build
import { rmSync } from 'node:fs';
import path from 'node:path';
import { buildServer } from './build/build-server.ts';

const dist = path.resolve(import.meta.dirname, '../dist');
rmSync(dist, { recursive: true, force: true });
await buildServer(dist);
