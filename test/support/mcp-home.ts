import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noProviders } from './no-providers.ts';

export interface TestHome {
  readonly folder: string;
  readonly environment: Record<string, string>;
  remove(): void;
}

/** A pretend hypervisor in a private home, so that no test sees the user's own. A model may change things there unasked. */
export const memoryConfiguration = {
  approvals: { ask: ['destroy'] },
  providers: {
    ...noProviders,
    memory: {
      enabled: true,
      machines: [{ name: 'web', state: 'running' }, { name: 'db' }, { name: 'slow' }],
    },
  },
};

export function createTestHome(configuration: unknown = memoryConfiguration): TestHome {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-home-'));
  mkdirSync(folder, { recursive: true });
  const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration);
  writeFileSync(path.join(folder, 'config.json'), text);
  const environment = { ...(process.env as Record<string, string>), VMBRIDGE_HOME: folder };
  return { folder, environment, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}
