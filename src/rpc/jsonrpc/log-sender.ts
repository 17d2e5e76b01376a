import type { MessageConnection } from 'vscode-jsonrpc/node';
import { Fault } from '../../errors/fault.ts';
import { type LogLevel, type LogLine, logLevels } from '../../host/log.ts';
import type { Bridge } from '../bridge.ts';
import { formatLogMessage } from './log-message.ts';
import { toRecord } from './parse-params.ts';

/** A client that reads slower than is logged misses lines, and is told how many. */
const mostUnsent = 500;

/** Sends `rpc.log` to a client that has asked for it by `rpc.setLogLevel`. */
export class LogSender {
  readonly #bridge: Bridge;
  readonly #connection: MessageConnection;
  #stopListening = () => {};
  #closed = false;
  #unsent = 0;
  #missed = 0;

  constructor(bridge: Bridge, connection: MessageConnection) {
    this.#bridge = bridge;
    this.#connection = connection;
    connection.onClose(() => this.close());
  }

  /** Throws `invalid` for what is no level. */
  setLevel(rawParams: unknown): void {
    const level = parseLevel(rawParams);
    this.#stopListening();
    this.#stopListening = () => {};
    if (level === 'off' || this.#closed) return;
    this.#stopListening = this.#bridge.onLog(level, line => this.#send(line));
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #send({ level, ...line }: LogLine): void {
    if (this.#unsent >= mostUnsent) {
      this.#missed++;
      return;
    }
    const missed = this.#missed;
    this.#missed = 0;
    if (missed > 0) this.#notify({ level: 'warn', message: `${missed} lines of the log were left out here.` });
    this.#notify({ level, message: formatLogMessage(line) });
  }

  #notify(params: { readonly level: LogLevel; readonly message: string }): void {
    if (this.#closed) return;
    this.#unsent++;
    const done = () => {
      this.#unsent--;
    };
    try {
      this.#connection.sendNotification('rpc.log', params).then(done, done);
    } catch {
      // The connection is closed already.
      this.close();
    }
  }
}

function parseLevel(rawParams: unknown): LogLevel | 'off' {
  const { level, ...others } = toRecord('rpc.setLogLevel', rawParams);
  const known = [...logLevels, 'off'] as const;
  const found = known.find(each => each === level);
  if (found !== undefined && Object.keys(others).length === 0) return found;
  throw new Fault('invalid', `rpc.setLogLevel takes one field, "level": ${known.join(', ')}.`, {
    remedy: 'Send {"level": "debug"}.',
    data: { field: 'level', candidates: [...known] },
  });
}
