import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { type ContractServer, missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';
import { type RunOptions, runVmbridge } from './support/run-vmbridge.ts';
import { hasTerminal, runOnTerminal } from './support/terminal.ts';

const missing = missingContracts();
const passphrase = { VMBRIDGE_PASSPHRASE: 'correct horse battery' };
let home: TestHome;
beforeEach(() => {
  home = createTestHome({ providers: { ...noProviders, proxmox: { enabled: true } } });
});
afterEach(() => home.remove());

const run = (words: readonly string[], options: RunOptions = {}) => runVmbridge(home, words, options);
const configuration = () => JSON.parse(readFileSync(path.join(home.folder, 'config.json'), 'utf8'));
const add = ['host', 'add', 'lab', '--address', 'pve1.lab', '--user', 'root@pam', '--token', 'ci'];

/** Everything that vmbridge has left behind, but for the sealed file itself, as one text. */
function everything(): string {
  const names = readdirSync(home.folder, { recursive: true }).map(name => path.join(home.folder, String(name)));
  return names
    .filter(name => statSync(name).isFile())
    .map(name => readFileSync(name, 'latin1'))
    .join('\n');
}

describe('a secret', () => {
  it('comes by standard input or from a file, and is in no answer, log, audit line or file', async () => {
    const secret = 'b0e6c2-"Geheim"-\u{1f511}';
    const kept = await run(['credential', 'set', 'lab', '-', '--json'], {
      input: `${secret}\n`,
      environment: passphrase,
    });
    expect(kept.status, kept.stderr).toBe(0);
    expect(kept.json).toMatchObject({
      credential: { name: 'lab', store: 'passphrase' },
      detail: expect.stringContaining('passphrase'),
    });
    const file = path.join(home.folder, 'secret.txt');
    writeFileSync(file, 'b0e6c2 from a file');
    const again = await run(['credential', 'set', 'lab', '--from-file', file, '--verbose'], {
      environment: passphrase,
    });
    expect(again.status, again.stderr).toBe(0);
    writeFileSync(file, '');
    const listed = await run(['credential', 'list', '--json']);
    expect(listed.json).toMatchObject({ credentials: [{ name: 'lab', usedBy: [] }], missing: [] });
    const said = [kept, again, listed].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(said).not.toContain('b0e6c2');
    expect(everything()).not.toContain('b0e6c2');
    expect(everything()).toContain('"tool":"credential.set"');
    expect(everything()).not.toContain('correct horse');
  });

  it('is not taken from the command line', async () => {
    const ways = [
      ['credential', 'set', 'lab', 'typed'],
      ['call', 'credential.set', '--name', 'lab', '--secret=typed'],
      ['call', 'credential.set', '{"name":"lab","secret":"typed"}'],
    ];
    for (const { status, stderr } of await Promise.all(ways.map(words => run(words)))) {
      expect(status).toBe(2);
      expect(stderr).toContain('where other users can read it');
      expect(stderr).not.toContain('typed');
    }
  });

  it('without a store and a passphrase is not kept, with both ways out', async () => {
    const { status, stderr } = await run(['credential', 'set', 'lab', '-'], { input: 'x' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/can not be kept here.*\n.*keyring.*VMBRIDGE_PASSPHRASE_FILE/);
  });

  it.skipIf(!hasTerminal)(
    'is typed at a terminal without being shown, and so is a new passphrase',
    { timeout: 20_000 },
    async () => {
      const terminal = runOnTerminal(home, ['credential', 'set', 'lab']);
      await terminal.see('nothing of it is shown');
      terminal.type('tYped-secret\n');
      await terminal.see('New passphrase:');
      terminal.type('tYped-horse\n');
      await terminal.see('Once more:');
      terminal.type('tYped-other\n');
      await terminal.see('differ');
      await terminal.see('New passphrase:', 2);
      terminal.type('tYped-horse\n');
      await terminal.see('Once more:', 2);
      terminal.type('tYped-horse\n');
      expect(await terminal.ended).toBe(0);
      expect(terminal.shown()).not.toContain('tYped');
      const again = runOnTerminal(home, ['credential', 'remove', 'lab', '--yes']);
      await again.see('Passphrase of the secrets:');
      again.type('wrong-horse\n');
      await again.see('does not open the secrets');
      await again.see('Passphrase of the secrets:', 2);
      again.type('tYped-horse\n');
      expect(await again.ended).toBe(0);
      expect((await run(['credential', 'list', '--json'])).json.credentials).toEqual([]);
    },
  );

  it.skipIf(!hasTerminal)('is not kept after Ctrl-C', async () => {
    const terminal = runOnTerminal(home, ['credential', 'set', 'lab']);
    await terminal.see('nothing of it is shown');
    terminal.type('half a sec\u0003');
    expect(await terminal.ended).toBe(130);
    expect((await run(['credential', 'list', '--json'])).json.credentials).toEqual([]);
  });
});

describe('a host', () => {
  it('is added untested, listed and removed', async () => {
    const before = configuration();
    const words = ['--address', 'pve2.lab:8007', '--timeout', '5', '--ca-file', 'ca.pem', '--skip-test'];
    const added = await run([...add, ...words], { cwd: home.folder });
    expect(added).toMatchObject({ status: 0, stdout: 'The host "lab" is in the configuration.\n' });
    const settings = {
      provider: 'proxmox',
      addresses: ['pve1.lab', 'pve2.lab:8007'],
      user: 'root@pam',
      tokenId: 'ci',
      credential: 'lab',
      caFile: path.join(home.folder, 'ca.pem'),
      timeoutSeconds: 5,
    };
    expect(configuration()).toEqual({ ...before, hosts: { lab: settings } });
    expect((await run(['host', 'list'])).stdout).toMatch(/lab +proxmox +pve1\.lab, pve2\.lab:8007 +root@pam!ci +lab/);
    const planned = await run(['host', 'remove', 'lab', '--plan']);
    expect(planned.stdout).toContain('nothing has been done');
    expect(configuration()).toHaveProperty('hosts');
    expect((await run(['host', 'remove', 'lab', '--json'])).json.removed.name).toBe('lab');
    expect(configuration()).toEqual(before);
  });

  it('needs words that make sense', async () => {
    const wrong: [string[], string][] = [
      [['host', 'add', 'lab', '--user', 'r@pam'], '--address'],
      [['host', 'ad'], 'Did you mean add?'],
      [['config'], 'There are get, set'],
      [['host', 'test', 'lab', '--plan'], '"vmbridge host test" can not tell its plan'],
      [['config', 'set', 'log.level', 'debug', '--unset'], '--unset'],
    ];
    for (const [words, expected] of wrong) {
      const { status, stderr } = await run(words);
      expect(status, stderr).toBe(2);
      expect(stderr).toContain(expected);
    }
  });
});

describe.skipIf(missing !== undefined)(`a host that answers (${missing ?? 'by its contract'})`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2' });
  });
  afterAll(() => server.close());
  beforeEach(() => run(['credential', 'set', 'lab', '-'], { input: server.rootToken.secret, environment: passphrase }));

  const words = () => [
    ...['host', 'add', 'lab', '--user', 'root@pam', '--token', 'full'],
    ...server.addresses.flatMap(address => ['--address', address]),
  ];

  it('is added once it has been signed in to, and can be tested again', async () => {
    const added = await run([...words(), '--ca-file', server.caFile], { environment: passphrase });
    expect(added.status, added.stderr).toBe(0);
    expect(added.stdout).toMatch(/✓ sign-in: root@pam!full is signed in\./);
    expect(configuration().hosts.lab).toMatchObject({ caFile: server.caFile, credential: 'lab' });
    const tested = await run(['host', 'test', 'lab', '--json'], { environment: passphrase });
    expect(tested).toMatchObject({ status: 0, json: { host: 'lab', passed: true } });
    expect(everything() + added.stdout + tested.stdout).not.toContain(server.rootToken.secret);
  });

  it('with an unknown certificate needs a person, who is given the command to repeat', async () => {
    const { status, stderr } = await run([...words(), '--yes'], { environment: passphrase });
    expect(status).toBe(1);
    expect(stderr).toContain(`--fingerprint ${server.fingerprints[0]}`);
    expect(configuration()).not.toHaveProperty('hosts');
  });

  it.skipIf(!hasTerminal)(
    'shows a person each unknown certificate, and remembers those that are trusted',
    { timeout: 20_000 },
    async () => {
      const refusing = runOnTerminal(home, words(), { environment: passphrase });
      await refusing.see('Type "yes":');
      refusing.type('no\n');
      expect(await refusing.ended).toBe(1);
      expect(configuration()).not.toHaveProperty('hosts');
      const terminal = runOnTerminal(home, words(), { environment: passphrase, columns: 140 });
      for (const [index] of server.addresses.entries()) {
        await terminal.see('Type "yes":', index + 1);
        terminal.type('yes\n');
      }
      expect(await terminal.ended).toBe(0);
      for (const name of ['subject', 'issuer', 'validTo']) expect(terminal.shown()).toContain(name);
      const { fingerprints } = configuration().hosts.lab;
      expect([...fingerprints].sort()).toEqual(server.fingerprints.slice(0, server.addresses.length).sort());
    },
  );
});

describe('the configuration', () => {
  it('is told, set and unset', async () => {
    const set = await run(['config', 'set', 'machines', '["web*", "db"]']);
    expect(set).toMatchObject({ status: 0, stdout: 'machines = ["web*","db"] (file)\n' });
    expect(set.stderr).toContain('Not yet known to');
    const told = await run(['config', 'get']);
    expect(told.stdout).toMatch(
      /log\.level +"info" +default\nlog\.stderr +"warn" +default\nmachines +\["web\*","db"\] +file/,
    );
    expect(told.stderr).toContain(path.join(home.folder, 'config.json'));
    const unset = await run(['config', 'set', 'machines', '--unset', '--json']);
    expect(unset.json).toMatchObject({ before: ['web*', 'db'], entries: [{ source: 'default', value: null }] });
    expect(configuration()).not.toHaveProperty('machines');
  });
});
