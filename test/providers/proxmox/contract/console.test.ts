import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import { ask } from './support/ask.ts';
import { openConsole, Viewer } from './support/viewer.ts';

const missing = missingContracts();
const machine = '/nodes/pve1/qemu/100';
const container = '/nodes/pve1/lxc/200';

describe.skipIf(missing !== undefined)(`consoles of the contract server ${missing ?? ''}`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer();
    server.screen(100).resize(100, 70);
  });
  afterAll(() => server.close());

  const proxy = async (path: string, params: object = {}) => {
    const { data } = await ask(server, 'POST', path, params, { Authorization: tokenHeader(server.rootToken) });
    return data as { port: string; ticket: string; password?: string; user: string };
  };

  it.each([
    ['raw', 0],
    ['Hextile', 5],
    ['ZRLE', 16],
  ])('shows the screen in %s, changes included', async (_, encoding) => {
    const screen = server.screen(100);
    screen.frameBytes = 11;
    screen.paint((x, y) => (y < 20 ? 0x102030 : x * 1000 + y));
    const { port, ticket } = await proxy(`${machine}/vncproxy`, { websocket: 1 });
    const socket = await openConsole(server, machine, port, ticket);
    const viewer = new Viewer(socket);
    expect(await viewer.logIn(ticket, [encoding, -223])).toBe(true);
    expect(viewer.name).toBe('QEMU (web)');
    await viewer.update();
    expect(viewer.lastEncoding).toBe(encoding);
    expect(viewer.pixels).toEqual(screen.pixels);
    const waiting = viewer.update(true);
    screen.fill({ x: 3, y: 4, width: 70, height: 30 }, 0xff8800);
    await waiting;
    expect(viewer.pixels).toEqual(screen.pixels);
    socket.close();
  });

  it('tells a new size to who can bear it, and keeps the keys', async () => {
    const screen = server.screen(100);
    screen.frameBytes = 4096;
    const { port, ticket } = await proxy(`${machine}/vncproxy`, { websocket: 1 });
    const socket = await openConsole(server, machine, port, ticket);
    const viewer = new Viewer(socket);
    await viewer.logIn(ticket, [0, -223]);
    await viewer.update();
    viewer.press(0xff0d);
    const waiting = viewer.update(true);
    screen.resize(120, 80, 0x00ff00);
    await waiting;
    expect([viewer.width, viewer.height, viewer.pixels[5]]).toEqual([120, 80, 0x00ff00]);
    expect(screen.keys).toEqual([
      { down: true, keysym: 0xff0d },
      { down: false, keysym: 0xff0d },
    ]);
    socket.close();
  });

  it('refuses a wrong password, and a ticket that was used', async () => {
    const { port, ticket, password } = await proxy(`${machine}/vncproxy`, { websocket: 1, 'generate-password': 1 });
    const viewer = new Viewer(await openConsole(server, machine, port, ticket));
    expect(password).toHaveLength(8);
    expect(ticket.startsWith(`${password}:PVEVNC:`)).toBe(true);
    expect(await viewer.logIn('wrong', [0])).toBe(false);
    await expect(openConsole(server, machine, port, ticket)).rejects.toThrow('500');
  });

  it('gives a machine of 8.4 the ticket as its password, or one of its own', async () => {
    await using old = await startContractServer({ version: '8.4' });
    const proxyOf = async (params: object) =>
      (await ask(old, 'POST', `${machine}/vncproxy`, params, { Authorization: tokenHeader(old.rootToken) })).data as {
        port: string;
        ticket: string;
        password?: string;
      };
    for (const params of [{ websocket: 1 }, { websocket: 1, 'generate-password': 1 }]) {
      const { port, ticket, password } = await proxyOf(params);
      expect(password !== undefined).toBe('generate-password' in params);
      const viewer = new Viewer(await openConsole(old, machine, port, ticket));
      expect(await viewer.logIn(password ?? ticket, [0])).toBe(true);
    }
  });

  it('says nothing at a port that was not opened for a websocket', async () => {
    const { port, ticket } = await proxy(`${machine}/vncproxy`);
    const viewer = new Viewer(await openConsole(server, machine, port, ticket));
    await expect(viewer.logIn(ticket, [0])).rejects.toThrow('gone');
  });

  it('has a terminal for containers', async () => {
    const { port, ticket, user } = await proxy(`${container}/termproxy`);
    const socket = await openConsole(server, container, port, ticket);
    const texts: string[] = [];
    socket.on('message', data => texts.push(String(data)));
    socket.send(`${user}:${ticket}\n`);
    socket.send('1:120:40:');
    socket.send('0:8:echo hi\r');
    await untilSaid(socket, texts, 'hi\r\nroot@proxy:~# ');
    expect(texts[0]).toBe('OK');
    expect(server.terminal(200).sizes).toEqual([{ columns: 120, rows: 40 }]);
    socket.send('0:5:exit\r');
    await once(socket, 'close');
  });
});

async function untilSaid(socket: WebSocket, texts: string[], wanted: string): Promise<void> {
  while (!texts.join('').includes(wanted)) await once(socket, 'message');
}
