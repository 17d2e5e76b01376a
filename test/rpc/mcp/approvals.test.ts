import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  answerForms,
  approve,
  connectTestClient,
  eras,
  type FormAnswer,
  type ShownForm,
  showsForms,
  type TestClient,
  type TestClientSettings,
} from '../../support/mcp-client.ts';
import { noProviders } from '../../support/no-providers.ts';

const machines = [{ name: 'web', state: 'running' }, { name: 'db' }, { name: 'old' }];
const memory = { enabled: true, speed: 500, machines };
const configuration = { providers: { ...noProviders, memory } };
const opened: TestClient[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Loose = any;

async function connect(settings: TestClientSettings, answer?: (form: ShownForm) => FormAnswer) {
  const test = await connectTestClient({
    configuration,
    ...settings,
    ...(answer === undefined ? {} : { options: showsForms }),
  });
  opened.push(test);
  const forms = answer === undefined ? [] : answerForms(test.client, answer);
  const call = async (name: string, input: object = {}): Promise<Loose> =>
    (await test.client.callTool({ name, arguments: { ...input } })).structuredContent;
  const stateOf = async (vm: string) => (await call('vm_get', { vm })).machine.state;
  return { ...test, forms, call, stateOf };
}

function audit(folder: string): Loose[] {
  const logs = path.join(folder, 'logs');
  const files = readdirSync(logs).filter(name => name.startsWith('audit-'));
  return files.flatMap(name =>
    readFileSync(path.join(logs, name), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  );
}

/** How programs answer forms that nobody has seen; those that count as wrong come last, as three of them are enough. */
const unseen: [string, (form: ShownForm) => FormAnswer][] = [
  ['declines', () => ({ action: 'decline' })],
  ['cancels', () => ({ action: 'cancel' })],
  ['accepts with nothing', () => ({ action: 'accept', content: {} })],
  ['accepts without any content', () => ({ action: 'accept' })],
  [
    'accepts with a default of each type',
    form => ({
      action: 'accept',
      content: fill(
        form,
        () => false,
        () => '',
      ),
    }),
  ],
  [
    'accepts with yes to everything',
    form => ({
      action: 'accept',
      content: fill(
        form,
        () => true,
        () => 'yes',
      ),
    }),
  ],
  [
    'accepts with the words of the form',
    form => ({
      action: 'accept',
      content: fill(
        form,
        () => true,
        () => 'Code',
      ),
    }),
  ],
  [
    'accepts with the first letters of the message',
    form => ({ action: 'accept', content: { code: form.message.slice(0, 5) } }),
  ],
];

function fill(
  { requestedSchema }: ShownForm,
  box: () => boolean,
  text: () => string,
): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(requestedSchema.properties).map(([name, { type }]) => [name, type === 'boolean' ? box() : text()]),
  );
}

describe.each(eras)('a client of %s that shows forms', era => {
  it('has its changes made once its user has typed the code, then ticked the box', async () => {
    const { call, forms, folder } = await connect({ era }, approve);
    expect(await call('vm_start', { vm: 'db' })).toMatchObject({ result: { machine: { state: 'running' } } });
    expect(await call('vm_stop', { vm: 'db' })).toMatchObject({ result: { machine: { state: 'stopped' } } });
    expect(await call('vm_delete', { vm: 'db' })).toMatchObject({ result: { deleted: 'memory:local/db' } });
    expect(forms.map(form => Object.keys(form.requestedSchema.properties))).toEqual([['code'], ['approve'], ['code']]);
    expect(forms[0]?.message).toMatch(/vm\.start.*memory:local\/db[\s\S]*- Starting the machine "db"/);
    expect(forms[2]?.message).toContain('destroy something for good');
    const lines = audit(folder).filter(({ tool }) => tool === 'vm.delete');
    expect(lines.map(({ outcome }) => outcome)).toEqual(
      era === '2025'
        ? ['approval asked', 'approval given', 'succeeded']
        : ['approval asked', 'approval_required', 'approval given', 'succeeded'],
    );
    expect(lines.at(-1)).toMatchObject({ approval: lines[0].approval, client: 'test' });
  });

  it('and answers them by itself changes nothing', async () => {
    let next = 0;
    const { call, stateOf, client } = await connect(
      { era },
      form => unseen[next++ % unseen.length]?.[1](form) ?? approve(form),
    );
    expect(client.getNegotiatedProtocolVersion()?.slice(0, 4)).toBe(era);
    const calls = [
      ['vm_start', 'db'],
      ['vm_stop', 'web'],
      ['vm_delete', 'old'],
    ] as const;
    for (const round of [0, 1, 2, 3]) {
      for (const [name, vm] of calls) {
        const { error } = await call(name, { vm });
        expect(['approval_required', 'denied'], `${round} ${name}`).toContain(error?.code);
        expect(JSON.stringify(error)).not.toMatch(/type this code/);
      }
    }
    expect([await stateOf('web'), await stateOf('db'), await stateOf('old')]).toEqual([
      'running',
      'stopped',
      'stopped',
    ]);
    // Three wrong answers, and it is told the command instead.
    expect(next).toBeLessThan(unseen.length + 1);
  });

  it('is refused when the machine changes while the question waits', async () => {
    let change = async () => {};
    const { client, call } = await connect({ era }, approve);
    client.setRequestHandler('elicitation/create', async request => {
      await change();
      return approve(request.params as never) as never;
    });
    // What needs nobody: another machine of the same plan would not matter, this one does.
    change = async () => {
      await call('vm_checkpoint_create', { vm: 'old' });
    };
    expect((await call('vm_start', { vm: 'db' })).result).toMatchObject({ machine: { state: 'running' } });
    change = async () => {
      change = async () => {};
      await call('vm_start', { vm: 'old' });
    };
    const { error } = await call('vm_delete', { vm: 'old' });
    expect(['conflict', 'approval_required']).toContain(error.code);
    expect((await call('vm_get', { vm: 'old' })).machine.state).toBe('running');
  });
});

describe('a client of 2026 that carries its own state', () => {
  it('cannot answer a question twice, nor with a state that it made up, nor for another call', async () => {
    const { client, stateOf } = await connect({ era: '2026' }, approve);
    const ask = async (name: string, input: object, rest: object = {}): Promise<Loose> =>
      client
        .request(
          { method: 'tools/call', params: { name, arguments: input, ...rest } } as never,
          { allowInputRequired: true } as never,
        )
        .catch((error: unknown) => ({ thrown: String(error) }));
    const first = await ask('vm_start', { vm: 'db' });
    expect(first).toMatchObject({ resultType: 'input_required', requestState: expect.stringMatching(/^ap-/) });
    const answer = approve(first.inputRequests.approval.params);
    const back = { inputResponses: { approval: answer }, requestState: first.requestState };
    const refused = [
      await ask('vm_start', { vm: 'old' }, back),
      await ask('vm_start', { vm: 'db' }, back),
      await ask('vm_start', { vm: 'db' }, { ...back, requestState: `${first.requestState}x` }),
      await ask('vm_start', { vm: 'db' }, { ...back, requestState: first.requestState.split('.')[0] }),
    ];
    for (const each of refused)
      expect(each.structuredContent?.error?.code ?? each.thrown).toMatch(/approval_required|resultType/);
    expect([await stateOf('db'), await stateOf('old')]).toEqual(['stopped', 'stopped']);
    const second = await ask('vm_start', { vm: 'db' });
    const state = {
      requestState: second.requestState,
      inputResponses: { approval: approve(second.inputRequests.approval.params) },
    };
    expect((await ask('vm_start', { vm: 'db' }, state)).structuredContent).toMatchObject({ result: {} });
    expect(await stateOf('db')).toBe('running');
  });
});

describe('a client without forms', () => {
  it('is told the command for a person, and that there is nothing else', async () => {
    const { call, stateOf, folder } = await connect({ era: '2025' });
    const { error } = await call('vm_start', { vm: 'db' });
    expect(error).toMatchObject({
      code: 'approval_required',
      remedy: expect.stringContaining(`vmbridge approval decide ${error.data.approval} approve`),
      data: { plan: { tool: 'vm.start', effect: 'change', target: 'memory:local/db' } },
    });
    // Asking again waits for the same decision.
    expect((await call('vm_start', { vm: 'db' })).error.data.approval).toBe(error.data.approval);
    // No field carries an approval, and what decides is for people alone.
    for (const field of ['approval', 'approved', 'confirm', 'requestState'])
      expect((await call('vm_start', { vm: 'db', [field]: error.data.approval })).error.code).toBe('invalid');
    const decide = await call('approval_decide', { approval: error.data.approval, decision: 'approve' });
    expect(decide.error.code).toBe('denied');
    // A record that was changed by hand counts for nothing.
    const file = path.join(folder, 'state', 'approvals', `${error.data.approval}.json`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"pending"', '"approved"'));
    expect((await call('vm_start', { vm: 'db' })).error.code).toBe('approval_required');
    expect(await stateOf('db')).toBe('stopped');
  });

  it('that a person lets change things still destroys nothing by itself', async () => {
    const { call } = await connect({ era: '2025', configuration: { ...configuration, approvals: { ask: [] } } });
    expect(await call('vm_start', { vm: 'db' })).toMatchObject({ result: {}, undo: { handle: expect.any(String) } });
    expect((await call('vm_delete', { vm: 'old' })).error.code).toBe('approval_required');
  });
});
