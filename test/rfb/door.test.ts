import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDoor } from '../../src/rfb/relay/open-door.ts';
import { RfbClient } from '../../src/rfb/rfb-client.ts';
import { drawRaw } from './support/draw.ts';
import { greeting, rectangle, replay, update } from './support/replayed-server.ts';

const { signal } = new AbortController();
const drawing = { width: 2, height: 1, pixels: [0x010203, 0x040506] };
const session = Buffer.concat([greeting(2, 1), update(rectangle([0, 0, 2, 1], 0, drawRaw(drawing)))]);
const backend = () => ({ stream: replay(session, { held: session.length - 24, ends: false }), password: undefined });

async function open(options: Partial<Parameters<typeof openDoor>[0]> = {}) {
  const failures: unknown[] = [];
  const door = await openDoor({
    milliseconds: 5000,
    reach: async () => backend(),
    onFailure: failure => failures.push(failure),
    ...options,
  });
  return { door, failures };
}

describe('a door to a screen', () => {
  it('lets one viewer in, who sees what is behind, and ends with it', async () => {
    const { door, failures } = await open({ password: 'Geheim12' });
    expect(door.isWaiting()).toBe(true);
    const client = await RfbClient.connect(connect(door.port, '127.0.0.1'), { signal, password: 'Geheim12' });
    expect(await client.capture()).toMatchObject({ rgb: new Uint8Array([1, 2, 3, 4, 5, 6]) });
    client.close();
    await door.closed;
    expect(failures).toEqual([]);
  });

  it('tells a viewer of 3.8 why it is not let in', async () => {
    const reach = async () => Promise.reject(new Error('internals'));
    const { door, failures } = await open({ password: 'Geheim12', reach });
    const entering = RfbClient.connect(connect(door.port, '127.0.0.1'), { signal, password: 'Geheim12' });
    await expect(entering).rejects.toMatchObject({
      code: 'denied',
      data: { reason: 'The screen can not be reached.' },
    });
    await door.closed;
    expect(failures).toHaveLength(1);
  });

  it('tells a viewer without a password the same', async () => {
    const { door } = await open({ reach: async () => Promise.reject(new Error('internals')) });
    const entering = RfbClient.connect(connect(door.port, '127.0.0.1'), { signal });
    await expect(entering).rejects.toMatchObject({ code: 'denied' });
    await door.closed;
  });

  it('closes in front of a viewer that says nothing, and of one that has come in', async () => {
    const { door } = await open();
    const silent = connect(door.port, '127.0.0.1');
    await once(silent, 'data');
    door.close();
    await once(silent.resume(), 'close');
    await door.closed;
  });

  it('is no trouble whatever a viewer says', async () => {
    const words = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(Buffer.from('RFB 003.008\n')));
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 4 }), async parts => {
        const { door } = await open({ password: 'Geheim12', reach: async () => Promise.reject(new Error('not this')) });
        const viewer = connect(door.port, '127.0.0.1').on('error', () => {});
        viewer.end(Buffer.concat(parts));
        await once(viewer.resume(), 'close');
        await door.closed;
      }),
      { numRuns: 50 },
    );
  });

  it('says so when it can not be where it is to be', async () => {
    await expect(open({ socket: '/nowhere/at/all.sock' })).rejects.toMatchObject({ code: 'host_fault' });
  });
});
