import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Progress } from '../../../src/model/call.ts';
import type { Bridge, Caller } from '../../../src/rpc/bridge.ts';
import { type BridgeFlags, openBridge } from '../../../src/rpc/open-bridge.ts';
import { noProviders } from '../../support/no-providers.ts';

export interface TestBridgeSettings {
  /** `providers.memory`; false leaves it switched off. */
  readonly memory?: Record<string, unknown> | false;
  readonly configuration?: Record<string, unknown>;
  readonly flags?: BridgeFlags;
  /** A home to share with another bridge; else one of its own. */
  readonly home?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
export type Answer = any;

export interface TestBridge extends AsyncDisposable {
  readonly bridge: Bridge;
  readonly home: string;
  call(id: string, input?: unknown, caller?: Partial<Caller>): Promise<Answer>;
  /** Lines of the audit log so far. */
  audit(): Answer[];
}

/** A bridge with a home of its own and the pretend hypervisor, fast; other providers are switched off unless asked for. */
export async function openTestBridge(settings: TestBridgeSettings = {}): Promise<TestBridge> {
  const home = settings.home ?? mkdtempSync(path.join(tmpdir(), 'vmb-bridge-'));
  mkdirSync(home, { recursive: true });
  const { providers, ...configuration } = settings.configuration ?? {};
  const memory = settings.memory === false ? {} : { memory: { enabled: true, speed: 200, ...settings.memory } };
  const content = { ...configuration, providers: { ...noProviders, ...memory, ...(providers as object) } };
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(content));
  const bridge = await openBridgeAt(home, { stderrLevel: 'silent', ...settings.flags }).catch((error: unknown) => {
    if (settings.home === undefined) rmSync(home, { recursive: true, force: true });
    throw error;
  });
  return {
    bridge,
    home,
    call: (id, input = {}, caller = {}) =>
      bridge.call(id, input, { door: 'cli', signal: new AbortController().signal, ...caller }),
    audit: () => readAudit(home),
    async [Symbol.asyncDispose]() {
      await bridge.close();
      if (settings.home === undefined) rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export async function openBridgeAt(home: string, flags: BridgeFlags = {}): Promise<Bridge> {
  const before = process.env.VMBRIDGE_HOME;
  process.env.VMBRIDGE_HOME = home;
  try {
    return await openBridge(flags);
  } finally {
    if (before === undefined) delete process.env.VMBRIDGE_HOME;
    else process.env.VMBRIDGE_HOME = before;
  }
}

export function recordProgress(): { updates: Progress[]; progress: (update: Progress) => void } {
  const updates: Progress[] = [];
  return { updates, progress: update => updates.push(update) };
}

function readAudit(home: string): Answer[] {
  const folder = path.join(home, 'logs');
  const files = readdirSync(folder).filter(name => /^audit-\d{4}-\d{2}\.jsonl$/.test(name));
  return files.flatMap(name =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)),
  );
}
