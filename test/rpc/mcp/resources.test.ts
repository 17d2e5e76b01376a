import { describe, expect, it } from 'vitest';
import { connectTestClient, eras } from '../../support/mcp-client.ts';
import { noProviders } from '../../support/no-providers.ts';

const machines = [{ name: 'web', state: 'running' }, { name: 'db one' }];
const configuration = {
  inventory: { watchSeconds: 0.5 },
  // What changes is the point here, not who allows it.
  approvals: { ask: [] },
  providers: { ...noProviders, memory: { enabled: true, speed: 1000, machines } },
};
const web = 'vmbridge://machine/memory%3Alocal%2Fweb';

describe.each(eras)('A client of %s', era => {
  it('lists and reads machines as resources', async () => {
    const { client, close } = await connectTestClient({ era, configuration });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'vmbridge://machines',
      'vmbridge://machine/memory%3Alocal%2Fdb%20one',
      web,
    ]);
    expect((await client.listResourceTemplates()).resourceTemplates).toMatchObject([
      { uriTemplate: 'vmbridge://machine/{id}' },
    ]);
    const read = async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse(content !== undefined && 'text' in content ? content.text : '');
    };
    expect(await read('vmbridge://machines')).toMatchObject({
      total: 2,
      machines: [{ name: 'db one' }, { name: 'web' }],
    });
    expect(await read(web)).toMatchObject({ machine: { name: 'web', state: 'running' } });
    expect(await read('vmbridge://machine/db%20one')).toMatchObject({ machine: { id: 'memory:local/db one' } });
    for (const uri of ['vmbridge://machine/nobody', 'vmbridge://else', 'vmbridge://machine/%']) {
      await expect(client.readResource({ uri }), uri).rejects.toMatchObject({ code: -32602 });
    }
    await close();
  });

  it('that subscribes is told of changes, and of none afterwards', async () => {
    const updated: string[] = [];
    const { client, close } = await connectTestClient({ era, configuration });
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
    const uris = ['vmbridge://machines', web];
    const subscription =
      era === '2026'
        ? await client.listen({ resourceSubscriptions: uris })
        : await Promise.all(uris.map(uri => client.subscribeResource({ uri })));
    const call = (name: string, vm: string) => client.callTool({ name, arguments: { vm } });
    // Give the watch a first look at how things were.
    await client.readResource({ uri: web });
    await new Promise(resolve => setTimeout(resolve, 300));
    await call('vm_pause', 'web');
    await expect.poll(() => [...updated].sort(), { timeout: 5000 }).toEqual([web, 'vmbridge://machines']);
    updated.length = 0;
    await call('vm_start', 'db one');
    await expect.poll(() => updated, { timeout: 5000 }).toEqual(['vmbridge://machines']);
    updated.length = 0;
    if (Array.isArray(subscription)) await Promise.all(uris.map(uri => client.unsubscribeResource({ uri })));
    else await subscription.close();
    await call('vm_resume', 'web');
    await new Promise(resolve => setTimeout(resolve, 1200));
    expect(updated).toEqual([]);
    await close();
  });
});
