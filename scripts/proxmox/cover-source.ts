import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSchema } from '../../test/support/proxmox/schema/contracts.ts';
import { type Coverage, coverPage } from './coverage-page.ts';
import { findRequests } from './find-requests.ts';

/** What the source of the provider, below `root`, uses of the API. */
export function coverSource(root: string): Coverage {
  const folder = path.join(root, 'src/providers/proxmox');
  const requests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .sort()
    .flatMap(name => findRequests(name.replaceAll('\\', '/'), readFileSync(path.join(folder, name), 'utf8')));
  return coverPage(requests, loadSchema('8.4'), loadSchema('9.2'));
}
