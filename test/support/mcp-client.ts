import { Client, type ClientOptions } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { bundleForTests } from './mcp-bundle.ts';
import { createTestHome } from './mcp-home.ts';

/** The npm client opens either with `initialize` or with the handshake of 2026-07-28. */
export type Era = '2025' | '2026';
export const eras: readonly Era[] = ['2025', '2026'];

export interface TestClientSettings {
  readonly era: Era;
  readonly configuration?: unknown;
  readonly flags?: readonly string[];
  readonly options?: ClientOptions;
}

export interface TestClient {
  readonly client: Client;
  readonly folder: string;
  /** What the server wrote to standard error so far. */
  errors(): string;
  close(): Promise<void>;
}

/** The client from npm, connected to the bundle as a child process. */
export async function connectTestClient(settings: TestClientSettings): Promise<TestClient> {
  const home = createTestHome(settings.configuration);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [await bundleForTests(), 'serve', ...(settings.flags ?? [])],
    env: home.environment,
    stderr: 'pipe',
  });
  let errors = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const mode = settings.era === '2026' ? { pin: '2026-07-28' } : 'legacy';
  const client = new Client({ name: 'test', version: '1' }, { ...settings.options, versionNegotiation: { mode } });
  await client.connect(transport);
  const close = async () => {
    await client.close();
    home.remove();
  };
  return { client, folder: home.folder, errors: () => errors, close };
}

/** A form as a client gets it. */
export interface ShownForm {
  readonly message: string;
  readonly requestedSchema: { readonly properties: Readonly<Record<string, { readonly type: string }>> };
}

export interface FormAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: Record<string, string | number | boolean | string[]>;
}

/** What makes a client say that it shows forms. */
export const showsForms: ClientOptions = { capabilities: { elicitation: { form: {} } } };

/** Answers the server's questions as a person does who reads them, or in another way. Returns the forms as they come. */
export function answerForms(client: Client, answer: (form: ShownForm) => FormAnswer = approve): ShownForm[] {
  const shown: ShownForm[] = [];
  client.setRequestHandler('elicitation/create', request => {
    const form = request.params as never as ShownForm;
    shown.push(form);
    return answer(form) as never;
  });
  return shown;
}

/** Types the code where one is asked for, else ticks the box. */
export function approve({ message, requestedSchema }: ShownForm): FormAnswer {
  if (requestedSchema.properties.code === undefined) return { action: 'accept', content: { approve: true } };
  return { action: 'accept', content: { code: /type this code: (\w+)/.exec(message)?.[1] ?? '' } };
}
