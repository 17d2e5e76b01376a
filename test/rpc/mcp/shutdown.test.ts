import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleForTests } from '../../support/mcp-bundle.ts';
import { createTestHome, memoryConfiguration } from '../../support/mcp-home.ts';
import { type RawServer, type RawServerSettings, startRawServer } from '../../support/mcp-raw-server.ts';

const hanging = {
  ...memoryConfiguration,
  providers: {
    ...memoryConfiguration.providers,
    memory: {
      ...memoryConfiguration.providers.memory,
      faults: [{ tool: 'vm.start', vm: 'slow', hang: true, at: 0.5 }],
    },
  },
};
const running: RawServer[] = [];

async function start(settings: RawServerSettings = {}): Promise<RawServer> {
  const server = await startRawServer(settings);
  running.push(server);
  return server;
}

/** A server with an operation under way that would never end by itself. */
async function startBusy(): Promise<RawServer> {
  const server = await start({ configuration: hanging });
  await server.initialize();
  const params = { name: 'vm_start', arguments: { vm: 'slow' }, _meta: { progressToken: 'p' } };
  server.send({ jsonrpc: '2.0', id: 'busy', method: 'tools/call', params });
  await server.find(message => message.method === 'notifications/progress');
  return server;
}

function auditOf(server: RawServer): Record<string, unknown>[] {
  const file = path.join(server.home.folder, 'logs', `audit-${new Date().toISOString().slice(0, 7)}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);
}

afterEach(async () => {
  for (const server of running.splice(0)) {
    server.child.kill('SIGKILL');
    await server.exited;
    server.home.remove();
  }
});

describe('The end of standard input', () => {
  it('ends an idle server at once, with status 0', async () => {
    const server = await start();
    await server.initialize();
    const began = performance.now();
    server.child.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(3000);
    expect(server.errors).toBe('');
  });

  it('lets requests that were already sent be answered, the last without its line end', async () => {
    const server = await start();
    server.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n');
    server.write('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"vm_list","arguments":{}}}');
    server.child.stdin?.end();
    expect((await server.exited).code).toBe(0);
    expect(server.messages.map(message => message.id).sort()).toEqual([1, 2]);
    expect(server.messages.every(message => message.result !== undefined)).toBe(true);
  });

  it('cancels an operation under way, waits for its clean-up, and exits in good time', async () => {
    const server = await startBusy();
    const began = performance.now();
    server.child.stdin?.end();
    expect((await server.exited).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(4000);
    expect(auditOf(server)).toContainEqual(expect.objectContaining({ tool: 'vm.start', outcome: 'cancelled' }));
  });

  it('ends a server that was never spoken to', async () => {
    const server = await start();
    server.child.stdin?.end();
    expect((await server.exited).code).toBe(0);
    expect(server.lines).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('A signal', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends everything in order', async (name, status) => {
    const server = await startBusy();
    server.child.kill(name);
    expect(await server.exited).toEqual({ code: status, signal: null });
    expect(auditOf(server)).toContainEqual(expect.objectContaining({ tool: 'vm.start', outcome: 'cancelled' }));
  });
});

describe('A client that no longer reads', () => {
  it('ends the server in order', async () => {
    const server = await startBusy();
    server.child.stdout?.destroy();
    server.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await server.exited).code).toBe(0);
    expect(auditOf(server)).toContainEqual(expect.objectContaining({ tool: 'vm.start', outcome: 'cancelled' }));
  });
});

describe('A start that fails', () => {
  async function startAndFail(settings: RawServerSettings): Promise<{ code: number | null; errors: string }> {
    const server = await start(settings);
    const { code } = await server.exited;
    expect(server.lines).toEqual([]);
    return { code, errors: server.errors };
  }

  it('for an unknown flag says so on standard error', async () => {
    const { code, errors } = await startAndFail({ flags: ['--levitate'] });
    expect(code).toBe(2);
    expect(errors).toContain('--levitate');
    expect(errors).toContain('vmbridge --help');
  });

  it('for an unknown group names those there are', async () => {
    const { code, errors } = await startAndFail({ flags: ['--groups', 'nonsense'] });
    expect(code).toBe(2);
    expect(errors).toContain('nonsense');
    expect(errors).toContain('operation');
  });

  it('for a wrong configuration names the key and the file', async () => {
    const { code, errors } = await startAndFail({ configuration: { readOnly: 'yes' } });
    expect(code).toBe(2);
    expect(errors).toContain('readOnly');
    expect(errors).toContain('config.json');
  });

  it('for a configuration that is not JSON names the file', async () => {
    const { code, errors } = await startAndFail({ configuration: '{' });
    expect(code).toBe(2);
    expect(errors).toContain('config.json');
  });
});

describe('The flags', () => {
  it('--read-only leaves nothing that changes anything', async () => {
    const server = await start({ flags: ['--read-only'] });
    const { result } = await server.request('tools/list');
    const tools = result?.tools as { name: string; annotations: { readOnlyHint: boolean } }[];
    // What a field decides about is there, and refused when it would change something.
    const others = tools.filter(tool => !tool.annotations.readOnlyHint).map(tool => tool.name);
    expect(others.sort()).toEqual(['engine_drivers', 'engine_install', 'operation_cancel', 'proof_schedule']);
    const install = await server.callTool('engine_install');
    expect(install.result?.structuredContent).toMatchObject({ error: { code: 'denied', data: { field: 'planOnly' } } });
    const refused = await server.callTool('vm_start', { vm: 'db' });
    expect(refused.result?.structuredContent).toMatchObject({ error: { code: 'denied' } });
  });

  it('--groups and --machines narrow what is offered and shown', async () => {
    const server = await start({ flags: ['--groups', 'vm,provider', '--machines', 'w*'] });
    const { result } = await server.request('tools/list');
    const names = ((result?.tools ?? []) as { name: string }[]).map(tool => tool.name);
    expect(names.every(name => /^(vm|provider)_/.test(name))).toBe(true);
    const { result: list } = await server.callTool('vm_list');
    expect(list?.structuredContent).toMatchObject({ machines: [{ name: 'web' }], total: 1 });
  });
});

describe('Standard output', () => {
  it('carries protocol bytes only, whatever else is printed', async () => {
    const home = createTestHome();
    const noise =
      'data:text/javascript,setTimeout(() => { console.log("noise"); process.stdout.write("more noise\\n"); }, 300)';
    const child = spawn(process.execPath, ['--import', noise, await bundleForTests(), 'serve'], {
      env: home.environment,
      stdio: 'pipe',
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    child.stderr.on('data', chunk => {
      errors += chunk;
    });
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n');
    setTimeout(() => child.stdin.end(), 800);
    await once(child, 'close');
    home.remove();
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(output)).toMatchObject({ id: 1 });
    expect(errors).toContain('noise\nmore noise\n');
  });
});
