import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { LogLine } from '../../../src/host/log.ts';
import { formatLogMessage } from '../../../src/rpc/jsonrpc/log-message.ts';
import { LogSender } from '../../../src/rpc/jsonrpc/log-sender.ts';
import { openTestBridge } from '../support/test-bridge.ts';

describe('lines for a client', () => {
  it('are left out while it does not read, and it is told how many', async () => {
    await using test = await openTestBridge();
    let tell: (line: LogLine) => void = () => {};
    const bridge = Object.assign(Object.create(test.bridge), {
      onLog: (_level: string, listener: typeof tell) => {
        tell = listener;
        return () => {};
      },
    });
    let text = '';
    let isRead = false;
    let letGo = () => {};
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        letGo = done;
        if (isRead) done();
      },
    });
    const connection = createMessageConnection(
      new StreamMessageReader(new PassThrough()),
      new StreamMessageWriter(output),
    );
    connection.listen();
    const sender = new LogSender(bridge, connection);
    sender.setLevel({ level: 'debug' });
    for (let number = 0; number < 1000; number++) tell({ level: 'debug', message: `line ${number}` });
    isRead = true;
    letGo();
    while (!text.includes('line 499"')) await turn();
    for (let count = 0; count < 10; count++) await turn();
    tell({ level: 'info', message: 'the last one' });
    for (let count = 0; count < 10; count++) await turn();
    expect(text).toContain('line 499"');
    expect(text).not.toContain('line 500"');
    expect(text).toContain('500 lines of the log were left out here.');
    expect(text).toContain('the last one');
    sender.close();
    connection.dispose();
  });

  it('hold commands as a shell takes them, and neither secrets nor stacks', () => {
    const data = {
      command: ['qemu', '-name', 'a b'],
      password: 'hush',
      cause: 'at line 1',
      pid: 7,
      list: [{ token: 'x' }],
    };
    expect(formatLogMessage({ message: 'Started.', data })).toBe(`Started. qemu -name 'a b' {"pid":7,"list":[{}]}`);
    expect(formatLogMessage({ message: 'Two\nlines' })).toBe('Two\\x0alines');
    expect(formatLogMessage({ message: 'x'.repeat(20_000) }).length).toBeLessThan(9000);
  });
});
